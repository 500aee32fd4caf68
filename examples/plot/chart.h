// Chart: points, lines, contours and regions over two axes, as text of HTML. Its colours are those of the page's style,
// so it follows light and dark; its legend stands above it, so it covers no data.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace plot {

using Numbers = std::vector<double>;

struct Axis {
  std::string label;  // with its unit: "loss (nats)"
  bool log = false;  // what is not positive is left out
  std::optional<double> first = {}, last = {};  // without them the axis spans the data; what lies beyond is cut off
};

// Values at (x[column], y[row]), row by row: [y.size() * x.size()].
struct Grid {
  Numbers x, y, values;
};
// f at `count` × `count` points of a rectangle, borders included.
Grid grid(std::pair<double, double> x, std::pair<double, double> y, int count,
          const std::function<double(double, double)>& f);
// `count` numbers from first to last, both included.
Numbers even(double first, double last, int count);
// The same, each the one before times one factor.
Numbers even_in_log(double first, double last, int count);

// Where draws lie, for each of several sizes: their mean, and what a tenth of them is below and above.
struct Spread {
  Numbers mean, low, high;

  void add(Numbers draws);
};

class Chart {
 public:
  Chart(Axis x, Axis y);

  // What has one name has one colour, and one place in the legend; what has none is drawn in ink.
  Chart& line(std::string name, Numbers x, Numbers y);  // broken where a number is not finite
  Chart& path(std::string name, Numbers x, Numbers y);  // a line with a dot at each point, a larger one at the last
  Chart& scatter(std::string name, Numbers x, Numbers y);
  Chart& band(std::string name, Numbers x, Numbers low, Numbers high);
  Chart& spread(const std::string& name, const Numbers& x, const Spread& of);  // a band, and the mean in it
  Chart& contour(Grid of, Numbers levels);
  Chart& regions(std::vector<std::string> classes, Grid of);  // of whole numbers, the classes' places
  Chart& mark(double x, double y, std::string text);
  // From here on, what is drawn is seen at one place of a slider alone.
  Chart& frame(std::string caption);

  std::string html() const;

 private:
  enum class Kind { line, path, scatter, band, contour, regions, mark };
  struct Layer {
    Kind kind;
    std::string name = {};
    Numbers x = {}, y = {};
    Numbers more = {};  // a band's upper border, a contour's levels, the colours of regions
    Grid of = {};
    std::string text = {};  // of a mark
    int frame = -1;
  };
  struct View;
  struct Place {
    double x, y;
  };

  void take_name(const std::string& name);
  Chart& add(Layer layer);
  int colour(const std::string& name) const;
  std::string legend() const;
  Place text_of(const Layer& mark, const View& view) const;
  std::size_t crossed(Place text, double half, const View& view) const;
  // What lies over all layers is added to `over`.
  std::string drawn(const Layer& layer, const View& view, std::string& over) const;

  Axis x_, y_;
  std::vector<Layer> layers_;
  std::vector<std::string> names_, frames_;
};

// A slider over pieces of HTML, each with its caption, of which one is seen at a time; the last one first.
std::string slider(const std::vector<std::pair<std::string, std::string>>& frames);

// Round numbers from first to last, at most `most` of them (powers of ten where log).
Numbers ticks(double first, double last, int most, bool log = false);

}  // namespace plot
