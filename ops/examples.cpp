#include <fmt/format.h>

#include <gradtape/ops/table.h>

namespace gradtape {

std::vector<Example> examples_of(const PointwiseKernels& row) {
  std::vector<std::vector<Shape>> shapes;
  if (row.inputs == 1) shapes = {{{}}, {{0}}, {{1}}, {{7}}, {{16}}, {{17}}, {{2, 3, 5}}};
  if (row.inputs == 2)
    shapes = {{{}, {}},  {{0}, {1}}, {{15}, {15}},  {{33}, {33}},
              {{4}, {}}, {{}, {5}},  {{3, 4}, {4}}, {{3, 1}, {2, 1, 4}}};
  if (row.inputs == 3)
    shapes = {{{}, {}, {}}, {{17}, {17}, {17}}, {{3, 1}, {4}, {}}, {{2, 3}, {2, 3}, {3}}, {{0, 2}, {2}, {1}}};
  std::vector<Example> examples;
  for (const auto& inputs : shapes) {
    std::string text;
    for (const Shape& shape : inputs) text += to_string(shape);
    examples.push_back({text, inputs,
                        [&row](const std::vector<Tensor>& x) {
                          if (row.inputs == 1) return apply<1>(row, row.defaults, {&x[0]}, Location::current());
                          if (row.inputs == 2) return apply<2>(row, row.defaults, {&x[0], &x[1]}, Location::current());
                          return apply<3>(row, row.defaults, {&x[0], &x[1], &x[2]}, Location::current());
                        },
                        row.samples, row.differentiable, true});
  }
  return examples;
}

std::vector<Example> examples_of(const RowwiseKernels& row) {
  const std::vector<std::pair<Shape, int>> cases = {{{}, 0},        {{1}, 0},     {{0, 3}, 1},   {{5}, -1},
                                                    {{17, 3}, 1},   {{2, 49}, 1}, {{3, 70}, -1}, {{4, 5}, 0},
                                                    {{2, 3, 4}, 1}, {{2, 0}, 1}};
  std::vector<Example> examples;
  for (const auto& [shape, dim] : cases)
    examples.push_back({fmt::format("{} along {}", to_string(shape), dim),
                        {shape},
                        [&row, dim = dim](const std::vector<Tensor>& x) {
                          return apply(row, row.defaults, x[0], dim, Location::current());
                        },
                        row.samples,
                        true,
                        shape.rank() == 2 && dim == 1});
  return examples;
}

std::vector<Example> examples_of(const ReduceKernels& row) {
  struct Case {
    Shape shape;
    std::vector<int> dims;
    bool keepdim;
  };
  std::vector<Case> cases = {{{}, {}, false},        {{1}, {0}, false},          {{33}, {}, false},
                             {{70}, {0}, true},      {{3, 17}, {1}, false},      {{5, 18}, {0}, false},
                             {{2, 3, 4}, {1}, true}, {{1, 5, 3}, {0, 2}, false}, {{2, 0, 3}, {0}, false}};
  if (!row.places) {
    cases.push_back({{2, 3, 4}, {0, 2}, false});
    cases.push_back({{2, 3, 4}, {-1, 1}, true});
    if (!row.empty_is_error) cases.push_back({{2, 0}, {1}, false});
  }
  std::vector<Example> examples;
  for (const Case& c : cases)
    examples.push_back({fmt::format("{} over {}{}", to_string(c.shape),
                                    c.dims.empty() ? "all" : std::to_string(c.dims[0]), c.keepdim ? ", kept" : ""),
                        {c.shape},
                        [&row, c](const std::vector<Tensor>& x) {
                          return apply(row, row.defaults, x[0], c.dims, c.keepdim, Location::current());
                        },
                        row.samples,
                        row.differentiable,
                        c.shape.rank() == 2 && c.dims == std::vector{1}});
  return examples;
}

}  // namespace gradtape
