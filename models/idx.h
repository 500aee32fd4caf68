// IDX, the format of MNIST and its kin, gzip-compressed or not.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <gradtape/models/data.h>

namespace gradtape {

// One array: uint8, int8, int16, int32, float32 or float64. Read in pieces: a file that holds less or
// more than its header promises costs no memory. Throws FileError when it is missing, cut, too long or no IDX.
Tensor read_idx(const std::string& path, Location at = Location::current());
Tensor parse_idx(std::span<const std::uint8_t> bytes, const std::string& what, Location at = Location::current());

struct IdxFolder {
  Dataset train;
  std::optional<Dataset> test;  // when the folder has a pair for it
};
// The images and labels of a folder named as MNIST's are: train-images-idx3-ubyte, t10k-labels-idx1-ubyte.gz, … A pair
// without "train" or "t10k"/"test" in its name is the training set. inputs as in the file, labels int64 [size]. Throws
// FileError when files are missing or broken, or counts differ.
IdxFolder read_idx_folder(const std::string& folder, Location at = Location::current());

}  // namespace gradtape
