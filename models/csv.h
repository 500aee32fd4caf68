// Tables of numbers as text.
#pragma once

#include <string>

#include <gradtape/autograd/tensor.h>

namespace gradtape {

struct CsvOptions {
  bool header = false;  // the first line is no data
  char separator = ',';
  DType dtype = DType::float32;
};
// [rows, columns] from a file, gzip-compressed or not. Throws FileError naming line and column for a row of another length, an empty
// cell or what is no number; for int64, no whole number.
Tensor read_csv(const std::string& path, CsvOptions options = {}, Location where = Location::current());

}  // namespace gradtape
