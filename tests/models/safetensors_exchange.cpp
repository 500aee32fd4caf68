// safetensors_exchange write FILE: weights for Python. read FILE: refuses weights that are not those Python wrote. copy
// FOLDER OTHER: each file of a folder, read and written.
#include <cstring>
#include <filesystem>
#include <iostream>

#include <gradtape/gradtape.h>
#include <gradtape/models/safetensors.h>

namespace gt = gradtape;

int main(int, char** words) {
  const auto whole = gt::reshape(gt::arange(0, 6), {2, 3});
  if (std::strcmp(words[1], "write") == 0) {
    gt::save_safetensors(words[2],
                         {{"f32", whole.to(gt::float32) / 4},
                          {"f64", whole.to(gt::float64)},
                          {"i64", whole},
                          {"u8", whole.to(gt::DType::uint8)},
                          {"bool", whole > 2},
                          {"none", gt::zeros({0, 4})},
                          {"one", gt::scalar(2.5f)}},
                         {{"written by", "gradtape"}});
    return 0;
  }
  if (std::strcmp(words[1], "copy") == 0) {
    for (const auto& file : std::filesystem::directory_iterator(words[2]))
      gt::save_safetensors(std::filesystem::path(words[3]) / file.path().filename(), gt::load_safetensors(file.path()));
    return 0;
  }
  for (const auto& [name, tensor] : gt::load_safetensors(words[2]))
    if (!gt::all(tensor.to(gt::float64) == whole.to(gt::float64) * 2).item<bool>()) {
      std::cerr << name << " differs: " << tensor << '\n';
      return 1;
    }
}
