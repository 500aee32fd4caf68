#include <gradtape/models/module.h>

#include <algorithm>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/tape.h>
#include <gradtape/models/safetensors.h>

namespace gradtape {

Tensor Module::operator()(const Tensor& x, Location where) const {
  Call call(where);
  return forward(x);
}

std::vector<std::pair<std::string, Tensor>> Module::named_parameters() const {
  auto all = parameters_;
  auto is_new = [&](const Tensor& parameter) {
    return std::none_of(all.begin(), all.end(), [&](const auto& entry) { return entry.second.body() == parameter.body(); });
  };
  for (const auto& [name, part] : parts_)
    for (auto& [inner, parameter] : part->named_parameters())
      if (is_new(parameter)) all.emplace_back(name + "." + inner, parameter);
  return all;
}
std::vector<Tensor> Module::parameters() const {
  std::vector<Tensor> all;
  for (auto& [name, parameter] : named_parameters()) all.push_back(parameter);
  return all;
}
std::int64_t Module::parameter_count() const {
  std::int64_t count = 0;
  for (const Tensor& parameter : parameters()) count += parameter.numel();
  return count;
}

Tensor Module::add_parameter(std::string name, Tensor value, Location where) {
  Call call(where);
  for (const auto& [taken, parameter] : parameters_)
    if (taken == name) fail<ValueError>(where, "add_parameter", fmt::format("there is a parameter \"{}\" already", name), {{"parameter", parameter}});
  value.requires_grad_().set_name(name);
  parameters_.emplace_back(std::move(name), value);
  return value;
}
void Module::add_part(std::string name, const Module& part) { parts_.emplace_back(std::move(name), &part); }

void save(const Module& model, const std::string& path, Location where) {
  Call call(where);
  save_safetensors(path, model.named_parameters());
}

void load(Module& model, const std::string& path, Location where) {
  Call call(where);
  auto found = load_safetensors(path);
  const auto wanted = model.named_parameters();
  auto of_name = [&](const std::string& name) {
    return std::find_if(found.begin(), found.end(), [&](const auto& entry) { return entry.first == name; });
  };
  for (const auto& [name, parameter] : wanted) {
    const auto at = of_name(name);
    if (at == found.end()) fail<ValueError>(where, "load", fmt::format("{} has no parameter \"{}\"", path, name));
    if (!(at->second.shape() == parameter.shape()))
      fail<ValueError>(where, "load", fmt::format("parameter \"{}\" of {} has another shape than the model's", name, path),
                       {{"file", at->second}, {"model", parameter}});
  }
  if (found.size() != wanted.size())
    for (const auto& [name, tensor] : found)
      if (std::none_of(wanted.begin(), wanted.end(), [&, &name = name](const auto& entry) { return entry.first == name; }))
        fail<ValueError>(where, "load", fmt::format("the model has no parameter \"{}\", which {} holds", name, path));
  NoGrad pause;
  for (auto [name, parameter] : wanted) parameter.copy_(of_name(name)->second);
}

}  // namespace gradtape
