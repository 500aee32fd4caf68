// What this program records and the plug-in computes with is recorded too where both share one gradtape, and refused
// where each has its copy.
#include <iostream>

#include "plug_in.h"

namespace gt = gradtape;

int main() {
  const bool one_copy = SHARED;
  const auto leaf = gt::ones({2, 2}).requires_grad_();
  const gt::Tape tape;
  const auto x = leaf * 2;
  for (const Way way : {Way::pointwise, Way::rowwise, Way::product, Way::on_a_tape_of_its_own}) {
    gt::Tensor y;
    const std::string said = compute(x, way, y);
    const bool right =
        one_copy ? y.defined() && y.requires_grad() : said.find("recorded by another copy of gradtape") != said.npos;
    if (!right) return std::cout << "way " << static_cast<int>(way) << ": " << said << '\n', 1;
  }
  if (!one_copy)
    for (const Way way : {Way::backward, Way::in_place}) {
      gt::Tensor y;
      const std::string said = compute(x, way, y);
      if (said.find("recorded by another copy of gradtape") == said.npos)
        return std::cout << "way " << static_cast<int>(way) << ": " << said << '\n', 1;
    }
  gt::Tensor y;
  if (compute(x.detach(), Way::pointwise, y) != "computed") return std::cout << "a detached tensor was refused\n", 1;
  if (gt::sum(y * leaf).item() == 0) return std::cout << "what the plug-in computed was refused\n", 1;
  std::cout << "nothing was lost\n";
}
