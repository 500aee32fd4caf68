#include <gradtape/models/module.h>

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/tape.h>
#include <gradtape/models/safetensors.h>

namespace gradtape {
namespace {

// What was assigned to a member asks for a gradient, unless it was said not to, or has one by where it comes from.
void ask_for_gradient(const std::string& name, Tensor& member) {
  if (!member.defined() || !is_floating(member.dtype()) || member.requires_grad() || member.is_frozen()) return;
  member.requires_grad_();
  if (member.name().empty()) member.set_name(name);
}

template <class Entries>
bool is_taken(const Entries& entries, const std::string& name) {
  return std::any_of(entries.begin(), entries.end(), [&](const auto& entry) { return entry.first == name; });
}

}  // namespace

Tensor Module::operator()(const Tensor& x, Location at) const {
  Call call(at);
  return forward(x);
}

// What was found on a walk over a module and its parts, which visits each once.
struct Module::Listing {
  std::vector<NamedTensor> parameters;
  std::unordered_set<const void*> seen;  // modules and bodies
  bool is_new(const void* found) { return seen.insert(found).second; }
};

void Module::list(const std::string& prefix, Listing& all) const {
  if (!all.is_new(this)) return;
  for (const auto& [name, member] : parameters_) {
    ask_for_gradient(name, *member);
    if (member->defined() && all.is_new(member->tensor_data())) all.parameters.push_back({prefix + name, *member});
  }
  for (const auto& [name, part] : parts_) part->list(prefix + name + ".", all);
}
bool Module::has(const Module& part, Listing& all) const {
  if (this == &part) return true;
  return all.is_new(this) &&
         std::any_of(parts_.begin(), parts_.end(), [&](const auto& entry) { return entry.second->has(part, all); });
}

std::vector<NamedTensor> Module::named_parameters() const {
  Listing all;
  list("", all);
  return std::move(all.parameters);
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

void Module::add_parameter(std::string name, Tensor& member, Tensor value, Location at) {
  Call call(at);
  if (is_taken(parameters_, name))
    fail<ValueError>(at, "add_parameter", fmt::format("there is a parameter \"{}\" already", name),
                     {{"parameter", member}});
  value.requires_grad_().set_name(name);
  parameters_.emplace_back(std::move(name), &member);
  member = std::move(value);
}
void Module::add_part(std::string name, const Module& part, Location at) {
  Call call(at);
  Listing seen;
  if (part.has(*this, seen))
    fail<ValueError>(at, "add_part", fmt::format("\"{}\" is the module itself, or has it as a part", name));
  if (is_taken(parts_, name)) fail<ValueError>(at, "add_part", fmt::format("there is a part \"{}\" already", name));
  parts_.emplace_back(std::move(name), &part);
}

void save(const Module& model, const std::string& path, Location at) {
  Call call(at);
  save_safetensors(path, model.named_parameters());
}

void load(Module& model, const std::string& path, Location at) {
  Call call(at);
  auto found = load_safetensors(path);
  const auto wanted = model.named_parameters();
  auto of_name = [&](const std::string& name) {
    return std::find_if(found.begin(), found.end(), [&](const auto& entry) { return entry.name == name; });
  };
  for (const auto& [name, parameter] : wanted) {
    const auto entry = of_name(name);
    if (entry == found.end()) fail<ValueError>(at, "load", fmt::format("{} has no parameter \"{}\"", path, name));
    if (!(entry->tensor.shape() == parameter.shape()))
      fail<ValueError>(at, "load", fmt::format("parameter \"{}\" of {} has another shape than the model's", name, path),
                       {{"file", entry->tensor}, {"model", parameter}});
  }
  if (found.size() != wanted.size())
    for (const auto& [name, tensor] : found)
      if (std::none_of(wanted.begin(), wanted.end(),
                       [&, &name = name](const auto& entry) { return entry.name == name; }))
        fail<ValueError>(at, "load", fmt::format("the model has no parameter \"{}\", which {} holds", name, path));
  NoGrad pause;
  for (auto [name, parameter] : wanted) parameter.copy_(of_name(name)->tensor);
}

}  // namespace gradtape
