/* Sums of f32 over all ranks in plain MPI: a line `bytes seconds` for each size, the median of many. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int count, char **words) {
  MPI_Init(&count, &words);
  int rank;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  for (int word = 1; word < count; word++) {
    int length = atoi(words[word]) / sizeof(float);
    float *from = calloc(length, sizeof(float)), *to = calloc(length, sizeof(float));
    enum { ROUNDS = 21 };
    double seconds[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      MPI_Barrier(MPI_COMM_WORLD);
      double begun = MPI_Wtime();
      MPI_Allreduce(from, to, length, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
      seconds[round] = MPI_Wtime() - begun;
    }
    qsort(seconds, ROUNDS, sizeof(double), ascending);
    if (rank == 0) printf("%s %.9f\n", words[word], seconds[ROUNDS / 2]);
    free(from);
    free(to);
  }
  MPI_Finalize();
}
