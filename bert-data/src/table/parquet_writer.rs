//! Tables as Parquet.
//!
//! The types of the columns are those of the first rows: they wait until there are enough for a row
//! group.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, FloatType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;

use super::cell::Cell;
use super::write::Fault;
use super::write_error::CellProblem;

/// Rows in a row group.
const GROUP: usize = 10_000;

/// The type of a value, or of those in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scalar {
    Text,
    Boolean,
    Integer,
    Number,
    /// Of a [`Cell::Vector`].
    Single,
}

/// What is known of a column's type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct ColumnType {
    /// Absent as long as no value has come.
    scalar: Option<Scalar>,
    is_list: Option<bool>,
}

enum State<W: Write + Send> {
    /// The types are open.
    Waiting(W),
    Writing(SerializedFileWriter<W>),
    /// An error has left nothing to write to.
    Broken,
}

pub(super) struct ParquetWriter<W: Write + Send> {
    state: State<W>,
    names: Vec<String>,
    types: Vec<ColumnType>,
    /// The values of the rows that are not written yet, column by column.
    values: Vec<Vec<Cell>>,
    rows: usize,
}

impl<W: Write + Send> ParquetWriter<W> {
    pub fn new(output: W, names: Vec<String>) -> Self {
        Self {
            state: State::Waiting(output),
            types: vec![ColumnType::default(); names.len()],
            values: vec![Vec::new(); names.len()],
            names,
            rows: 0,
        }
    }

    pub fn write_row(&mut self, cells: &[Cell]) -> Result<(), Fault> {
        let is_open = matches!(self.state, State::Waiting(_));
        let types = self.types.iter().zip(cells).enumerate();
        let types = types.map(|(column, (of, cell))| {
            let joined = of.joined(cell, is_open);
            joined.map_err(|why| Fault::Cell(column, why))
        });
        self.types = types.collect::<Result<_, _>>()?;
        for (values, cell) in self.values.iter_mut().zip(cells) {
            values.push(cell.clone());
        }
        self.rows += 1;
        match self.rows {
            GROUP.. => self.write_group().map_err(Fault::Parquet),
            _ => Ok(()),
        }
    }

    pub fn finish(mut self) -> Result<W, Fault> {
        self.write_group().map_err(Fault::Parquet)?;
        match self.state {
            State::Writing(writer) => writer.into_inner().map_err(Fault::Parquet),
            State::Waiting(output) => Ok(output),
            State::Broken => Err(Fault::Parquet(broken())),
        }
    }

    fn write_group(&mut self) -> Result<(), ParquetError> {
        let mut writer = match std::mem::replace(&mut self.state, State::Broken) {
            State::Writing(writer) => writer,
            State::Waiting(output) => {
                self.types.iter_mut().for_each(ColumnType::settle);
                let columns = self.names.iter().zip(&self.types);
                let fields = columns.map(|(name, of)| of.field(name).map(Arc::new));
                let schema = Type::group_type_builder("schema")
                    .with_fields(fields.collect::<Result<_, _>>()?)
                    .build()?;
                let properties = WriterProperties::builder().set_compression(Compression::SNAPPY);
                SerializedFileWriter::new(output, Arc::new(schema), Arc::new(properties.build()))?
            }
            State::Broken => return Err(broken()),
        };
        if std::mem::take(&mut self.rows) > 0 {
            let mut group = writer.next_row_group()?;
            for (of, values) in self.types.iter().zip(&mut self.values) {
                let mut column = group.next_column()?.ok_or_else(broken)?;
                of.write(&mut column, values)?;
                column.close()?;
                values.clear();
            }
            group.close()?;
        }
        self.state = State::Writing(writer);
        Ok(())
    }
}

fn broken() -> ParquetError {
    ParquetError::General("an error before this one has broken the file".to_owned())
}

impl Scalar {
    fn of(cell: &Cell) -> Result<Option<Self>, CellProblem> {
        Ok(Some(match cell {
            Cell::Missing => return Ok(None),
            Cell::Text(_) => Self::Text,
            Cell::Boolean(_) => Self::Boolean,
            Cell::Number { text, .. } if text.parse::<i64>().is_ok() => Self::Integer,
            Cell::Number { .. } => Self::Number,
            Cell::List(_) | Cell::Vector(_) | Cell::Nested(_) => return Err(CellProblem::Nested),
        }))
    }

    fn physical(self) -> Physical {
        match self {
            Self::Text => Physical::BYTE_ARRAY,
            Self::Boolean => Physical::BOOLEAN,
            Self::Integer => Physical::INT64,
            Self::Number => Physical::DOUBLE,
            Self::Single => Physical::FLOAT,
        }
    }
}

impl ColumnType {
    /// The type of the values so far and `cell`. Where the type `is_open`, integers may turn out to
    /// be numbers.
    fn joined(self, cell: &Cell, is_open: bool) -> Result<Self, CellProblem> {
        let (cells, is_list) = match cell {
            Cell::List(cells) => (cells.as_slice(), Some(true)),
            Cell::Vector(_) => (&[][..], Some(true)),
            Cell::Missing => (&[][..], None),
            cell => (std::slice::from_ref(cell), Some(false)),
        };
        let mut joined = self;
        if let Some(is_list) = is_list
            && *joined.is_list.get_or_insert(is_list) != is_list
        {
            return Err(CellProblem::Mixed);
        }
        if let Cell::Vector(_) = cell
            && *joined.scalar.get_or_insert(Scalar::Single) != Scalar::Single
        {
            return Err(CellProblem::Mixed);
        }
        for cell in cells {
            let Some(of) = Scalar::of(cell)? else {
                continue;
            };
            joined.scalar = Some(match (joined.scalar, of) {
                (None, of) => of,
                (Some(known), of) if known == of => known,
                (Some(Scalar::Number), Scalar::Integer) => Scalar::Number,
                (Some(Scalar::Integer), Scalar::Number) if is_open => Scalar::Number,
                _ => return Err(CellProblem::Mixed),
            });
        }
        Ok(joined)
    }

    /// Decides what no value has: it is text.
    fn settle(&mut self) {
        self.scalar.get_or_insert(Scalar::Text);
        self.is_list.get_or_insert(false);
    }

    fn is_list(self) -> bool {
        self.is_list == Some(true)
    }

    fn scalar(self) -> Scalar {
        self.scalar.unwrap_or(Scalar::Text)
    }

    /// The column in the file's schema: `name`, which may be missing, or the list of it as the
    /// format's description has it.
    fn field(self, name: &str) -> Result<Type, ParquetError> {
        let scalar = |name| {
            let text = (self.scalar() == Scalar::Text).then_some(LogicalType::String);
            Type::primitive_type_builder(name, self.scalar().physical())
                .with_repetition(Repetition::OPTIONAL)
                .with_logical_type(text)
                .build()
        };
        if !self.is_list() {
            return scalar(name);
        }
        let repeated = Type::group_type_builder("list")
            .with_repetition(Repetition::REPEATED)
            .with_fields(vec![Arc::new(scalar("element")?)])
            .build()?;
        Type::group_type_builder(name)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(Some(LogicalType::List))
            .with_fields(vec![Arc::new(repeated)])
            .build()
    }

    fn write(
        self,
        column: &mut SerializedColumnWriter<'_>,
        cells: &[Cell],
    ) -> Result<(), ParquetError> {
        let (present, levels, repeats) = self.levels(cells);
        let (levels, repeats) = (Some(&levels[..]), self.is_list().then_some(&repeats[..]));
        match self.scalar() {
            Scalar::Text => {
                let texts = present.iter().filter_map(|cell| cell.as_text());
                let texts: Vec<ByteArray> = texts.map(ByteArray::from).collect();
                let writer = column.typed::<ByteArrayType>();
                writer.write_batch(&texts, levels, repeats)?;
            }
            Scalar::Boolean => {
                let value = |cell: &&Cell| **cell == Cell::Boolean(true);
                let values: Vec<bool> = present.iter().map(value).collect();
                let writer = column.typed::<BoolType>();
                writer.write_batch(&values, levels, repeats)?;
            }
            Scalar::Integer => {
                let texts = present.iter().filter_map(|cell| cell.as_text());
                let values: Vec<i64> = texts.filter_map(|text| text.parse().ok()).collect();
                let writer = column.typed::<Int64Type>();
                writer.write_batch(&values, levels, repeats)?;
            }
            Scalar::Number => {
                let value = |cell: &&Cell| match cell {
                    Cell::Number { value, .. } => Some(*value),
                    _ => None,
                };
                let values: Vec<f64> = present.iter().filter_map(value).collect();
                let writer = column.typed::<DoubleType>();
                writer.write_batch(&values, levels, repeats)?;
            }
            Scalar::Single => {
                let vectors = cells.iter().filter_map(|cell| match cell {
                    Cell::Vector(values) => Some(values),
                    _ => None,
                });
                let values: Vec<f32> = vectors.flatten().copied().collect();
                let writer = column.typed::<FloatType>();
                writer.write_batch(&values, levels, repeats)?;
            }
        }
        Ok(())
    }

    /// The values that are there, and the levels of all, as the format's description has them: of
    /// a list 0 is none, 1 an empty one, 2 a missing value and 3 a value.
    fn levels(self, cells: &[Cell]) -> (Vec<&Cell>, Vec<i16>, Vec<i16>) {
        let (mut present, mut levels, mut repeats) = (Vec::new(), Vec::new(), Vec::new());
        let mut push = |level, repeat, cell| {
            levels.push(level);
            repeats.push(repeat);
            present.extend(cell);
        };
        for cell in cells {
            match cell {
                Cell::Missing => push(0, 0, None),
                Cell::List(values) if values.is_empty() => push(1, 0, None),
                Cell::List(values) => {
                    for (place, cell) in values.iter().enumerate() {
                        let repeat = i16::from(place > 0);
                        match cell {
                            Cell::Missing => push(2, repeat, None),
                            cell => push(3, repeat, Some(cell)),
                        }
                    }
                }
                Cell::Vector(values) if values.is_empty() => push(1, 0, None),
                Cell::Vector(values) => {
                    for place in 0..values.len() {
                        push(3, i16::from(place > 0), None);
                    }
                }
                cell => push(1, 0, Some(cell)),
            }
        }
        (present, levels, repeats)
    }
}
