// Slide: what one topic of the lecture shows. A topic is one file beside this: a function of the file's name that
// computes and returns a slide; what stands between `// [slide]` and `// [/slide]` in it is shown with it. Change one
// and type `./run lecture <its name>`; a new one is added to the list in CMakeLists.txt.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include <gradtape/gradtape.h>

#include "../plot/page.h"

namespace gt = gradtape;
using plot::Chart;
using plot::Numbers;
using plot::Spread;

struct Slide {
  std::string title;
  std::string formula;  // HTML, as all that follows except the numbers
  std::string text;
  std::string figures = {};
  std::vector<std::pair<std::string, double>> numbers = {};
  Numbers weights = {};  // where a figure draws them

  // A number that the page and the terminal show, by its name.
  Slide& number(std::string name, double value);
  // Throws std::out_of_range for a name that is not there.
  double number(const std::string& name) const;
  Slide& figure(const std::string& picture, const std::string& caption);
};

struct Topic {
  const char* name;
  Slide (*slide)();
  const char* code;  // what made it, cut from its source
};
// In the order of the lecture. Written by the build.
const std::vector<Topic>& topics();

// Numbers first … first + count - 1 of a fixed sequence that looks drawn from the normal distribution of mean 0 and
// variance 1, float64 [count]: data that are the same everywhere. (Box and Muller 1958, on the digits of sines.)
gt::Tensor noise(std::int64_t first, std::int64_t count);

// ∇f(x)
gt::Tensor gradient(const std::function<gt::Tensor(const gt::Tensor&)>& f, const gt::Tensor& x);

// ∫ f(x) dx from first to last, of a smooth f of many places at once, [places] → [places]. (Simpson's rule.)
double integral(const std::function<gt::Tensor(const gt::Tensor&)>& f, double first, double last);

// The digits whose places in gt::digits(), divided by five, leave one of these: pixels float64 [size, 64] from 0 to 1,
// labels int64 [size]. A fifth is 360 or 359.
gt::Dataset digits(std::initializer_list<int> fifths);

// All elements as they lie, row by row.
Numbers numbers(const gt::Tensor& x);
// Seconds that a piece of work takes.
double seconds(const std::function<void()>& work);
