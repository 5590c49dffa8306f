//! A Parquet file, as whoever reads rows of it needs it.
//!
//! The library panics on some broken files; that is caught here. An error says what is wrong with
//! the file, whose name whoever opened it knows.

use std::collections::BTreeMap;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use parquet::record::reader::{ReaderIter, TreeBuilder};
use parquet::schema::types::{SchemaDescPtr, SchemaDescriptor, Type, TypePtr};

use crate::parquet_features;

/// What every Parquet file begins with.
pub(crate) const MAGIC: &[u8] = b"PAR1";

/// An open file.
pub(crate) struct ParquetFile(SerializedFileReader<File>);

impl ParquetFile {
    /// Reads the description of a file that begins with [`MAGIC`].
    pub fn open(file: File) -> Result<Self, String> {
        guard(|| SerializedFileReader::new(file)).map(Self)
    }

    /// The columns.
    pub fn columns(&self) -> Vec<TypePtr> {
        let schema = self.0.metadata().file_metadata().schema_descr();
        schema.root_schema().get_fields().to_vec()
    }

    /// The names of the classes of columns whose numbers stand for some, where the file says them.
    pub fn class_names(&self) -> BTreeMap<String, Vec<String>> {
        let metadata = self.0.metadata().file_metadata().key_value_metadata();
        let mut pairs = metadata.into_iter().flatten();
        let found = pairs.find(|pair| pair.key == parquet_features::KEY);
        let text = found.and_then(|pair| pair.value.as_deref());
        text.map(parquet_features::class_names).unwrap_or_default()
    }

    /// The rows, with these of the columns.
    pub fn rows(self, columns: Vec<TypePtr>) -> Result<ParquetRows, String> {
        self.check_codecs()?;
        let schema = guard(|| {
            let schema = Type::group_type_builder("schema").with_fields(columns);
            Ok(Arc::new(SchemaDescriptor::new(Arc::new(schema.build()?))))
        });
        Ok(ParquetRows {
            schema: schema?,
            file: self.0,
            group: 0,
            rows: None,
            row: 0,
        })
    }

    /// Fails if a column is packed in a way that is not built.
    fn check_codecs(&self) -> Result<(), String> {
        let groups = self.0.metadata().row_groups();
        for chunk in groups.iter().flat_map(|group| group.columns()) {
            match chunk.compression() {
                Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::ZSTD(_) => {}
                codec => {
                    // Without its level.
                    let codec = codec.to_string();
                    let codec = codec.split('(').next().unwrap_or(&codec);
                    return Err(format!(
                        "column {} is packed with {codec}, which is not read; write the file with \
                         snappy or zstd",
                        chunk.column_path()
                    ));
                }
            }
        }
        Ok(())
    }
}

/// The rows of a file, one in memory at a time.
pub(crate) struct ParquetRows {
    file: SerializedFileReader<File>,
    /// The schema of the columns that are read.
    schema: SchemaDescPtr,
    /// The next row group, and the rows of the present one.
    group: usize,
    rows: Option<ReaderIter>,
    row: usize,
}

impl ParquetRows {
    /// Number of the row that was read last, from 1.
    pub fn number(&self) -> usize {
        self.row
    }

    /// The next row: a value for each column that is read. After an error it is not asked again.
    pub fn next(&mut self) -> Result<Option<Vec<Field>>, String> {
        let fields = guard(|| self.fields());
        let fields = fields.map_err(|message| format!("after row {}: {message}", self.row))?;
        self.row += usize::from(fields.is_some());
        Ok(fields)
    }

    fn fields(&mut self) -> Result<Option<Vec<Field>>, ParquetError> {
        loop {
            if let Some(row) = self.rows.as_mut().and_then(Iterator::next) {
                let fields = row?.into_columns().into_iter();
                return Ok(Some(fields.map(|(_, field)| field).collect()));
            }
            if self.group == self.file.num_row_groups() {
                return Ok(None);
            }
            let group = self.file.get_row_group(self.group)?;
            if group.metadata().num_rows() < 0 {
                let message = "a row group has a negative number of rows";
                return Err(ParquetError::General(message.to_owned()));
            }
            self.group += 1;
            self.rows = Some(TreeBuilder::new().as_iter(self.schema.clone(), group.as_ref())?);
        }
    }
}

/// Runs what may panic on a broken file. What it leaves half done is not used again: after an error
/// comes nothing more.
fn guard<T>(read: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(format!("a broken Parquet file ({error})")),
        Err(_) => Err("a broken Parquet file".to_owned()),
    }
}
