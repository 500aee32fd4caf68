#include "chart.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "page.h"

namespace plot {

namespace {

constexpr double width = 340, height = 250, top = 24, right = 328, bottom = 212;  // of the picture; of its axes
constexpr double letter = 7.7;  // width of a digit at 12 px in a wide typeface

struct Point {
  double x, y;
};

struct Range {
  double first = std::numeric_limits<double>::infinity(), last = -first;

  void take(double value) {
    first = std::min(first, value);
    last = std::max(last, value);
  }
};

// Where a number lies on an axis: 0 at its first, 1 at its last. Of logarithms where the axis is so.
struct Scale {
  bool log;
  double low, high;  // logarithms, where it is so: their ends may be no double

  double at(double value) const { return ((log ? std::log(value) : value) - low) / (high - low); }
  double first() const { return log ? std::max(std::exp(low), std::numeric_limits<double>::denorm_min()) : low; }
  double last() const { return log ? std::exp(high) : high; }
};

bool shown(const Axis& axis, double value) { return std::isfinite(value) && (!axis.log || value > 0); }

// A little room beyond the data; some width where they are all one number.
Scale scale_of(const Axis& axis, Range data) {
  if (!(data.first <= data.last)) data = axis.log ? Range{1, 10} : Range{0, 1};
  const auto place = [&](double value) { return axis.log ? std::log(value) : value; };
  double low = place(data.first), high = place(data.last);
  if (low == high) --low, ++high;
  const double room = 0.04 * (high - low);
  return {axis.log, axis.first ? place(*axis.first) : low - room, axis.last ? place(*axis.last) : high + room};
}

// 1, 2 or 5 times a power of ten, the least that is not below `step`.
double round_step(double step) {
  const double power = std::pow(10, std::floor(std::log10(step)));
  for (double factor : {1.0, 2.0, 5.0})
    if (factor * power >= step * (1 - 1e-9)) return factor * power;
  return 10 * power;
}

std::string tick_text(double value, double step, const Scale& scale) {
  if (scale.log && scale.high - scale.low > std::log(1e4))
    return power_of_ten(static_cast<int>(std::lround(std::log10(value))));
  if (scale.log || std::abs(value) >= 1e5 || step < 1e-4) return number(value, 3);
  const int decimals = std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9)));
  std::string text = fmt::format("{:.{}f}", std::abs(value) < step / 2 ? 0 : std::abs(value), decimals);
  return value <= -step / 2 ? "−" + text : text;
}

std::size_t letters(const std::string& text) {  // UTF-8 goes on with 10xxxxxx
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// Where the level crosses the edges of one cell: none, one piece of a line, or two. Corners go round, as do edges.
std::vector<Point> crossings(const std::array<Point, 4>& corner, const std::array<double, 4>& value, double level) {
  std::vector<Point> points;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::size_t next = (i + 1) % 4;
    if ((value[i] < level) == (value[next] < level)) continue;
    const double part = (level - value[i]) / (value[next] - value[i]);
    points.push_back(
        {corner[i].x + part * (corner[next].x - corner[i].x), corner[i].y + part * (corner[next].y - corner[i].y)});
  }
  return points;
}

std::string slider_input(const std::vector<std::string>& captions) {
  std::string html = fmt::format("<input type=\"range\" min=\"0\" max=\"{0}\" value=\"{0}\" aria-label=\"step\">",
                                 captions.size() - 1);
  for (std::size_t i = 0; i < captions.size(); ++i)
    html += fmt::format("<p class=\"frame\" data-frame=\"{}\"{}>{}</p>", i, i + 1 < captions.size() ? " hidden" : "",
                        captions[i]);
  return "<div class=\"slider\">" + html + "</div>\n";
}

}  // namespace

Numbers even(double first, double last, int count) {
  Numbers all(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) all[static_cast<std::size_t>(i)] = first + (last - first) * i / (count - 1);
  return all;
}

Numbers even_in_log(double first, double last, int count) {
  Numbers all = even(std::log(first), std::log(last), count);
  for (double& value : all) value = std::exp(value);
  return all;
}

Grid grid(std::pair<double, double> x, std::pair<double, double> y, int count,
          const std::function<double(double, double)>& f) {
  Grid g{even(x.first, x.second, count), even(y.first, y.second, count), {}};
  for (double v : g.y)
    for (double u : g.x) g.values.push_back(f(u, v));
  return g;
}

Numbers ticks(double first, double last, int most, bool log) {
  Numbers all;
  if (log) {
    const int low = static_cast<int>(std::ceil(std::log10(first) - 1e-9)),
              high = static_cast<int>(std::floor(std::log10(last) + 1e-9));
    if (high - low >= 1) {
      const int stride = std::max(1, static_cast<int>(round_step(static_cast<double>(high - low) / most)));
      for (int i = -(-low / stride); i * stride <= high; ++i)
        if (i * stride >= low) all.push_back(std::pow(10, i * stride));
      return all;
    }
    for (int power = low - 1; power <= high; ++power)
      for (double factor : {1, 2, 5})
        if (const double tick = factor * std::pow(10, power); tick >= first && tick <= last) all.push_back(tick);
    if (all.size() >= 2) return all;
    all.clear();
  }
  const double step = round_step((last - first) / most);
  for (double i = std::ceil(first / step - 1e-9); i * step <= last + 1e-9 * step; ++i) all.push_back(i * step);
  return all;
}

void Spread::add(Numbers draws) {
  std::sort(draws.begin(), draws.end());
  mean.push_back(std::accumulate(draws.begin(), draws.end(), 0.0) / static_cast<double>(draws.size()));
  low.push_back(draws[draws.size() / 10]);
  high.push_back(draws[draws.size() - 1 - draws.size() / 10]);
}

struct Chart::View {
  Scale x, y;
  double left;

  double across(double value) const { return left + (right - left) * std::clamp(x.at(value), -9.0, 9.0); }
  double down(double value) const { return bottom - (bottom - top) * std::clamp(y.at(value), -9.0, 9.0); }
};

Chart::Chart(Axis x, Axis y) : x_(std::move(x)), y_(std::move(y)) {}

void Chart::take_name(const std::string& name) {
  const bool is_new = std::find(names_.begin(), names_.end(), name) == names_.end();
  if (!name.empty() && is_new) names_.push_back(name);
}

Chart& Chart::add(Layer layer) {
  take_name(layer.name);
  layer.frame = static_cast<int>(frames_.size()) - 1;
  layers_.push_back(std::move(layer));
  return *this;
}

Chart& Chart::line(std::string name, Numbers x, Numbers y) {
  return add({.kind = Kind::line, .name = std::move(name), .x = std::move(x), .y = std::move(y)});
}
Chart& Chart::path(std::string name, Numbers x, Numbers y) {
  return add({.kind = Kind::path, .name = std::move(name), .x = std::move(x), .y = std::move(y)});
}
Chart& Chart::scatter(std::string name, Numbers x, Numbers y) {
  return add({.kind = Kind::scatter, .name = std::move(name), .x = std::move(x), .y = std::move(y)});
}
Chart& Chart::band(std::string name, Numbers x, Numbers low, Numbers high) {
  return add(
      {.kind = Kind::band, .name = std::move(name), .x = std::move(x), .y = std::move(low), .more = std::move(high)});
}
Chart& Chart::spread(const std::string& name, const Numbers& x, const Spread& of) {
  return band(name, x, of.low, of.high).line(name, x, of.mean);
}
Chart& Chart::contour(Grid of, Numbers levels) {
  Numbers x{of.x.front(), of.x.back()}, y{of.y.front(), of.y.back()};
  return add(
      {.kind = Kind::contour, .x = std::move(x), .y = std::move(y), .more = std::move(levels), .of = std::move(of)});
}
Chart& Chart::regions(std::vector<std::string> classes, Grid of) {
  Numbers x{of.x.front(), of.x.back()}, y{of.y.front(), of.y.back()}, colours;
  for (const std::string& name : classes) {
    take_name(name);
    colours.push_back(colour(name));
  }
  return add(
      {.kind = Kind::regions, .x = std::move(x), .y = std::move(y), .more = std::move(colours), .of = std::move(of)});
}
Chart& Chart::mark(double x, double y, std::string text) {
  return add({.kind = Kind::mark, .x = {x}, .y = {y}, .text = std::move(text)});
}
Chart& Chart::frame(std::string caption) {
  frames_.push_back(std::move(caption));
  return *this;
}

int Chart::colour(const std::string& name) const {
  return static_cast<int>(std::find(names_.begin(), names_.end(), name) - names_.begin()) % 8;
}

// The middle of a mark's text: beside it, where it lies on the fewest lines; else on the side that has more room.
Chart::Place Chart::text_of(const Layer& mark, const View& view) const {
  const double x = view.across(mark.x[0]), y = view.down(mark.y[0]),
               half = letter * static_cast<double>(letters(mark.text)) / 2,
               side = x > (view.left + right) / 2 ? -half - 8 : half + 8;
  Place best{x + side, std::clamp(y - 10, top + 8, bottom - 10)};
  std::size_t least = crossed(best, half, view);
  for (const Place& place : {Place{x + side, y + 14}, Place{x - side, y - 10}, Place{x - side, y + 14}}) {
    const bool inside =
        place.x - half > view.left && place.x + half < right && place.y > top + 8 && place.y < bottom - 8;
    if (!inside || crossed(place, half, view) >= least) continue;
    best = place;
    least = crossed(place, half, view);
  }
  return best;
}

// How many pieces of lines, of about a pixel, lie under a text.
std::size_t Chart::crossed(Place text, double half, const View& view) const {
  std::size_t count = 0;
  for (const Layer& layer : layers_) {
    if (layer.kind != Kind::line && layer.kind != Kind::path) continue;
    for (std::size_t i = 1; i < layer.x.size(); ++i) {
      if (!shown(y_, layer.y[i - 1]) || !shown(y_, layer.y[i])) continue;
      const double x = view.across(layer.x[i - 1]), y = view.down(layer.y[i - 1]), dx = view.across(layer.x[i]) - x,
                   dy = view.down(layer.y[i]) - y, pieces = std::ceil(std::hypot(dx, dy));
      for (double p = 0; p < pieces; ++p)
        count += std::abs(x + dx * p / pieces - text.x) < half && std::abs(y + dy * p / pieces - text.y) < 7;
    }
  }
  return count;
}

std::string Chart::legend() const {
  std::string items;
  for (const std::string& name : names_)
    items += fmt::format("<span><i class=\"k{}\"></i>{}</span>", colour(name), escaped(name));
  return items.empty() ? "" : "<div class=\"legend\">" + items + "</div>\n";
}

namespace {

// "M1.0,2.0L…": a new piece begins after a number that is not shown.
template <class View>
std::string outline(const Numbers& x, const Numbers& y, const View& view, const Axis& of_x, const Axis& of_y) {
  std::string d;
  bool draws = false;
  Point last{-1e9, -1e9};
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!shown(of_x, x[i]) || !shown(of_y, y[i])) {
      draws = false;
      continue;
    }
    const Point now{view.across(x[i]), view.down(y[i])};
    if (draws && i + 1 < x.size() && std::hypot(now.x - last.x, now.y - last.y) < 0.4) continue;
    d += fmt::format("{}{:.1f},{:.1f}", draws ? 'L' : 'M', now.x, now.y);
    draws = true;
    last = now;
  }
  return d;
}

// Text that is read whatever lies under it.
std::string halo(double x, double y, const std::string& text) {
  return fmt::format("<text class=\"halo\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>", x, y + 4,
                     escaped(text));
}

// All pieces of one level; its number, where it has room away from those that stand, goes to what lies over all.
template <class View>
std::string level_line(const Grid& of, double level, const View& view, std::vector<Point>& labels, std::string& over) {
  std::string d;
  Point best{0, 1e9};
  const std::size_t columns = of.x.size();
  for (std::size_t r = 0; r + 1 < of.y.size(); ++r)
    for (std::size_t c = 0; c + 1 < columns; ++c) {
      const double left = view.across(of.x[c]), side = view.across(of.x[c + 1]), low = view.down(of.y[r]),
                   high = view.down(of.y[r + 1]);
      const std::size_t i = r * columns + c;
      const auto ends =
          crossings({{{left, low}, {side, low}, {side, high}, {left, high}}},
                    {of.values[i], of.values[i + 1], of.values[i + columns + 1], of.values[i + columns]}, level);
      for (std::size_t e = 0; e + 1 < ends.size(); e += 2) {
        d += fmt::format("M{:.1f},{:.1f}L{:.1f},{:.1f}", ends[e].x, ends[e].y, ends[e + 1].x, ends[e + 1].y);
        const Point here = ends[e];
        const bool inside = here.x > view.left + 18 && here.x < right - 18 && here.y > top + 10 && here.y < bottom - 6;
        const bool free = std::all_of(labels.begin(), labels.end(), [&](const Point& other) {
          return std::abs(other.x - here.x) > 34 || std::abs(other.y - here.y) > 13;
        });
        if (inside && free && here.y < best.y) best = here;
      }
    }
  if (d.empty()) return d;
  if (best.y < height) {
    labels.push_back(best);
    over += halo(best.x, best.y, number(level, 2));
  }
  return fmt::format("<path class=\"level\" d=\"{}\"/>", d);
}

// Cells of one colour are joined along a row.
template <class View>
std::string cells(const Grid& of, const Numbers& colours, const View& view) {
  std::vector<std::string> paths(8);
  const std::size_t columns = of.x.size();
  const double half_x = (of.x[1] - of.x[0]) / 2, half_y = (of.y[1] - of.y[0]) / 2;
  for (std::size_t r = 0; r < of.y.size(); ++r)
    for (std::size_t c = 0, end = 0; c < columns; c = end) {
      const double value = of.values[r * columns + c];
      while (end < columns && of.values[r * columns + end] == value) ++end;
      const double from = view.across(of.x[c] - half_x), to = view.across(of.x[end - 1] + half_x),
                   above = view.down(of.y[r] + half_y), below = view.down(of.y[r] - half_y);
      const double chosen = colours[static_cast<std::size_t>(value)];
      paths[static_cast<std::size_t>(chosen)] +=
          fmt::format("M{:.1f},{:.1f}H{:.1f}V{:.1f}H{:.1f}z", from, above, to, below, from);
    }
  std::string svg;
  for (std::size_t k = 0; k < paths.size(); ++k)
    if (!paths[k].empty()) svg += fmt::format("<path class=\"region k{}\" d=\"{}\"/>", k, paths[k]);
  return svg;
}

}  // namespace

std::string Chart::drawn(const Layer& layer, const View& view, std::string& over) const {
  const std::string colour_class = layer.name.empty() ? "ink" : fmt::format("k{}", colour(layer.name));
  std::string svg;
  const auto dots = [&](std::size_t from, double radius) {
    for (std::size_t i = from; i < layer.x.size(); ++i)
      if (shown(x_, layer.x[i]) && shown(y_, layer.y[i]))
        svg += fmt::format("<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\"/>", colour_class,
                           view.across(layer.x[i]), view.down(layer.y[i]), radius);
  };
  const auto stroke = [&](const char* kind) {
    svg += fmt::format("<path class=\"{} {}\" d=\"{}\"/>", kind, colour_class, outline(layer.x, layer.y, view, x_, y_));
  };
  switch (layer.kind) {
    case Kind::line:
      stroke("line");
      break;
    case Kind::path:
      stroke("line thin");
      if (layer.x.size() <= 60) dots(0, 1.6);
      if (!layer.x.empty()) dots(layer.x.size() - 1, 3.5);
      break;
    case Kind::scatter:
      dots(0, 2.4);
      break;
    case Kind::band: {
      Numbers x = layer.x, y = layer.y;
      x.insert(x.end(), layer.x.rbegin(), layer.x.rend());
      y.insert(y.end(), layer.more.rbegin(), layer.more.rend());
      svg += fmt::format("<path class=\"band {}\" d=\"{}z\"/>", colour_class, outline(x, y, view, x_, y_));
      break;
    }
    case Kind::contour: {
      std::vector<Point> labels;  // what is written, marks first
      for (const Layer& other : layers_)
        if (other.kind == Kind::mark) labels.push_back({text_of(other, view).x, text_of(other, view).y});
      for (double level : layer.more) svg += level_line(layer.of, level, view, labels, over);
      break;
    }
    case Kind::regions:
      svg += cells(layer.of, layer.more, view);
      break;
    case Kind::mark: {
      const Place text = text_of(layer, view);
      svg += fmt::format("<circle class=\"mark\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4.5\"/>", view.across(layer.x[0]),
                         view.down(layer.y[0])) +
             halo(text.x, text.y, layer.text);
      break;
    }
  }
  return svg;
}

std::string Chart::html() const {
  Range across, down;
  for (const Layer& layer : layers_) {
    for (double x : layer.x)
      if (shown(x_, x)) across.take(x);
    for (double y : layer.y)
      if (shown(y_, y)) down.take(y);
    if (layer.kind == Kind::band)
      for (double y : layer.more)
        if (shown(y_, y)) down.take(y);
  }
  View view{scale_of(x_, across), scale_of(y_, down), 0};
  const Numbers x_ticks = ticks(view.x.first(), view.x.last(), 5, x_.log),
                y_ticks = ticks(view.y.first(), view.y.last(), 5, y_.log);
  const auto step = [](const Numbers& all) { return all.size() > 1 ? all[1] - all[0] : 1; };
  std::size_t longest = 1;
  for (double y : y_ticks) longest = std::max(longest, letters(tick_text(y, step(y_ticks), view.y)));
  view.left = 8 + letter * static_cast<double>(longest);

  std::string svg = fmt::format(
      "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{} over {}\">\n<text class=\"axis\" x=\"2\" "
      "y=\"13\">{}</text><text class=\"axis\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n",
      width, height, escaped(y_.label), escaped(x_.label), escaped(y_.label), right, height - 5, escaped(x_.label));
  for (double y : y_ticks)
    svg += fmt::format(
        "<path class=\"rule\" d=\"M{:.1f},{:.1f}H{}\"/><text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>",
        view.left, view.down(y), right, view.left - 4, view.down(y) + 4, tick_text(y, step(y_ticks), view.y));
  double taken = -1e9;  // up to where the row of numbers is written
  for (double x : x_ticks) {
    const std::string text = tick_text(x, step(x_ticks), view.x);
    const double half = letter * static_cast<double>(letters(text)) / 2;
    const double centre = std::min(view.across(x), width - half);
    svg += fmt::format("<path class=\"rule\" d=\"M{:.1f},{}V{}\"/>", view.across(x), bottom, top);
    if (centre - half < taken + 4) continue;
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>", centre, bottom + 17, text);
    taken = centre + half;
  }
  // What is drawn lies in a picture of its own, which cuts it at the axes.
  svg += fmt::format(
      "\n<svg x=\"{0:.1f}\" y=\"{1}\" width=\"{2:.1f}\" height=\"{3}\" viewBox=\"{0:.1f} {1} {2:.1f} {3}\">\n",
      view.left, top, right - view.left, bottom - top);
  int frame = -1;
  std::string over;
  const int last = static_cast<int>(frames_.size()) - 1;
  for (const Layer& layer : layers_) {
    if (layer.frame != frame) {
      svg += fmt::format("{}<g data-frame=\"{}\"{}>", frame < 0 ? "" : "</g>\n", layer.frame,
                         layer.frame < last ? " hidden" : "");
      frame = layer.frame;
    }
    svg += drawn(layer, view, over) + "\n";
  }
  svg += (frame < 0 ? "" : "</g>") + over + "</svg></svg>\n";
  return "<div class=\"chart\">" + legend() + svg + (frames_.empty() ? "" : slider_input(frames_)) + "</div>\n";
}

std::string slider(const std::vector<std::pair<std::string, std::string>>& frames) {
  std::string html;
  std::vector<std::string> captions;
  for (const auto& [caption, piece] : frames) {
    html += fmt::format("<div data-frame=\"{}\"{}>{}</div>\n", captions.size(),
                        captions.size() + 1 < frames.size() ? " hidden" : "", piece);
    captions.push_back(caption);
  }
  return "<div class=\"chart\">" + html + slider_input(captions) + "</div>\n";
}

}  // namespace plot
