#include "page.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <span>

#include <fmt/format.h>
#include <gradtape/models/file.h>

namespace plot {

namespace {

constexpr const char* style = R"(
:root { color-scheme: light dark; --ink: #1c1e21; --paper: #fff; --tile: #f6f7f9; --faint: #666c76; --line: #dcdfe4;
  --k0: #1f6fb4; --k1: #c8501e; --k2: #2a8a4a; --k3: #8b4fb0; --k4: #9a7000; --k5: #c2306e; --k6: #0d8a8a; --k7: #6b6f76; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --paper: #131518; --tile: #1d2025; --faint: #a0a6b0; --line: #353a42;
  --k0: #6db3e8; --k1: #f0915c; --k2: #72c98a; --k3: #c59be6; --k4: #dcb64a; --k5: #f080ac; --k6: #5fc9c9; --k7: #a8adb5; } }
* { box-sizing: border-box; } [hidden] { display: none; }
body { font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 76rem; margin: 0 auto; padding: 1rem .75rem 4rem; }
h1 { font-size: 1.7rem; line-height: 1.2; } h2 { font-size: 1.25rem; margin: 3rem 0 .5rem; } p { max-width: 44rem; overflow-wrap: break-word; }
a { color: var(--k0); } nav { display: flex; flex-wrap: wrap; gap: .3rem 1rem; } .note { color: var(--faint); } .big { font-size: 1.3rem; max-width: none; }
.formula { font: italic 1.15rem/1.7 Cambria, "STIX Two Text", Georgia, serif; border-left: 3px solid var(--k0); padding-left: .8rem; margin: .8rem 0; }
.formula sub, .formula sup { line-height: 0; }
.figures { --across: 1; display: flex; flex-wrap: wrap; gap: 1rem; }
@media (min-width: 42rem) { .figures { --across: 2; } } @media (min-width: 66rem) { .figures { --across: 3; } }
figure { margin: 0; background: var(--tile); border: 1px solid var(--line); border-radius: 10px; padding: .6rem; flex: none; width: calc((100% + 1rem) / var(--across) - 1rem); min-width: 0; }
figure:not(:has(.chart)) { align-self: flex-start; } figure:has(.card .bars) { --across: 1; } @media (min-width: 66rem) { figure:has(.card .bars) { --across: 1.5; } }
figcaption { color: var(--faint); font-size: .875rem; line-height: 1.4; margin-top: .3rem; overflow-wrap: break-word; }
.legend { display: flex; flex-wrap: wrap; gap: .1rem .9rem; font-size: .8125rem; line-height: 1.5; }
.legend i { display: inline-block; width: .8rem; height: .8rem; border-radius: 3px; background: currentColor; margin-right: .35rem; vertical-align: -1px; }
.k0 { color: var(--k0); } .k1 { color: var(--k1); } .k2 { color: var(--k2); } .k3 { color: var(--k3); }
.k4 { color: var(--k4); } .k5 { color: var(--k5); } .k6 { color: var(--k6); } .k7 { color: var(--k7); } .ink { color: var(--ink); }
.chart svg { display: block; width: 100%; height: auto; } svg text { fill: var(--faint); font-size: 12px; } svg .axis { fill: var(--ink); }
svg .rule { stroke: var(--line); fill: none; } svg .line { stroke: currentColor; fill: none; stroke-width: 1.8; stroke-linejoin: round; } svg .thin { stroke-width: 1.3; }
svg .band { fill: currentColor; opacity: .22; } svg .region { fill: currentColor; opacity: .28; shape-rendering: crispEdges; }
svg circle { fill: currentColor; } svg .mark { fill: none; stroke: var(--ink); stroke-width: 1.6; }
svg .level { stroke: var(--faint); fill: none; opacity: .75; } svg .halo { fill: var(--ink); stroke: var(--tile); stroke-width: 3px; paint-order: stroke; }
.slider input { width: 100%; accent-color: var(--k0); } .slider .frame { margin: 0; font-size: .875rem; min-height: 1.4em; font-variant-numeric: tabular-nums; }
.bars { display: grid; grid-template-columns: max-content 1fr max-content; gap: .15rem .5rem; font-size: .8125rem; align-items: center; font-variant-numeric: tabular-nums; }
.bars b { display: block; height: .8rem; border-radius: 2px; background: var(--k0); min-width: 1px; } .bars span:nth-child(3n) { text-align: right; }
.wide { overflow-x: auto; max-width: 100%; align-self: flex-start; background: linear-gradient(to right, var(--under) 50%, transparent) left / 2rem 100% no-repeat local,
  linear-gradient(to left, var(--under) 50%, transparent) right / 2rem 100% no-repeat local, linear-gradient(to right, var(--line), transparent) left / .6rem 100% no-repeat, linear-gradient(to left, var(--line), transparent) right / .6rem 100% no-repeat; }
body { --under: var(--paper); } figure { --under: var(--tile); } .figures > .list { flex: 1 1 19rem; } table { border-collapse: collapse; font-size: .875rem; }
td, th { padding: .15rem .55rem; text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; border-bottom: 1px solid var(--line); } .words { text-align: left; } td.words, th { white-space: normal; }
th { font-weight: 600; color: var(--faint); } td:first-child, th:first-child { text-align: left; padding-left: 0; }
.list td:first-child, figure td:first-child { white-space: normal; }
.matrix { width: 100%; table-layout: fixed; } .matrix td, .matrix th { padding: .2rem 0; text-align: center; border: 0; font-size: .75rem; }
.matrix td { background: color-mix(in srgb, var(--k0) calc(var(--share) * 1%), transparent); } .matrix caption { font-size: .75rem; color: var(--faint); text-align: left; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(6.5rem, 1fr)); gap: .6rem; } .cards:has(.bars) { grid-template-columns: repeat(auto-fill, minmax(7.5rem, 1fr)); } .card { border: 1px solid var(--line); border-radius: 8px; padding: .5rem; background: var(--tile); font-size: .8125rem; min-width: 0; }
figure .cards:not(:has(.bars)) { grid-template-columns: repeat(auto-fill, minmax(5.5rem, 1fr)); } .card:has(.bars) .image { width: 5rem; }
.image { display: block; width: 100%; background: var(--paper); shape-rendering: crispEdges; border-radius: 4px; margin-bottom: .3rem; }
figure > .image { max-width: 14rem; margin: 0 auto .5rem; } .image path { fill: currentColor; } pre { overflow-x: auto; background: var(--tile); border: 1px solid var(--line); border-radius: 8px; padding: .7rem; font: .78rem/1.5 ui-monospace, monospace; }
summary { cursor: pointer; color: var(--k0); margin-top: .8rem; }
)";

constexpr const char* script = R"(
for (const chart of document.querySelectorAll('.chart')) {
  const input = chart.querySelector('input');
  if (input) input.oninput = () => chart.querySelectorAll('[data-frame]').forEach(
    e => { if (e.dataset.frame >= 0) e.toggleAttribute('hidden', e.dataset.frame != input.value); });
}
)";

// Sixteen shades, one path each, its pixels joined along a row.
std::string shades(const Numbers& pixels, std::size_t columns, double sign, const char* colour) {
  std::map<int, std::string> paths;
  const auto shade = [&](std::size_t i) {
    return static_cast<int>(std::lround(std::clamp(sign * pixels[i], 0.0, 1.0) * 16));
  };
  for (std::size_t i = 0, end = 0; i < pixels.size(); i = end) {
    const std::size_t row_end = (i / columns + 1) * columns;
    for (end = i + 1; end < row_end && shade(end) == shade(i);) ++end;
    if (shade(i) > 0) paths[shade(i)] += fmt::format("M{},{}h{}v1h-{}z", i % columns, i / columns, end - i, end - i);
  }
  std::string svg;
  for (const auto& [depth, d] : paths)
    svg += fmt::format("<path class=\"{}\" fill-opacity=\"{:.2f}\" d=\"{}\"/>", colour, depth / 16.0, d);
  return svg;
}

std::string framed(const Numbers& pixels, std::size_t columns, const std::string& paths) {
  return fmt::format("<svg class=\"image\" viewBox=\"0 0 {} {}\" role=\"img\">{}</svg>", columns,
                     pixels.size() / columns, paths);
}

}  // namespace

std::string power_of_ten(int exponent) {
  constexpr const char* digit[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  if (exponent == 0 || exponent == 1) return exponent ? "10" : "1";
  std::string text = exponent < 0 ? "10⁻" : "10";
  for (char c : std::to_string(std::abs(exponent))) text += digit[c - '0'];
  return text;
}

std::string number(double value, int digits) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "−∞" : "∞";
  const std::string sign = value < 0 ? "−" : "";
  const double size = std::abs(value);
  if (size == 0 || (size >= 1e-3 && size < 1e6)) {
    const int whole = size == 0 ? 1 : static_cast<int>(std::floor(std::log10(size))) + 1;
    std::string text = fmt::format("{:.{}f}", size, std::max(0, digits - std::max(whole, 0)));
    if (text.find('.') != std::string::npos) text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return sign + text;
  }
  const std::string text = fmt::format("{:.{}e}", size, digits - 1);  // rounds to the power that is shown
  const std::size_t e = text.find('e');
  std::string factor = text.substr(0, e);
  if (factor.find('.') != std::string::npos) factor.erase(factor.find_last_not_of('0') + 1);
  if (factor.back() == '.') factor.pop_back();
  const std::string power = power_of_ten(std::stoi(text.substr(e + 1)));
  return sign + (factor == "1" ? power : factor + "·" + power);
}

std::string fixed(double value, int decimals) {
  return (value < 0 ? "−" : "") + fmt::format("{:.{}f}", std::abs(value), decimals);
}

std::string escaped(const std::string& text) {
  std::string safe;
  for (char c : text)
    safe += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : c == '"' ? "&quot;" : std::string(1, c);
  return safe;
}

std::string bars(const std::vector<std::pair<std::string, double>>& values, double most, const std::string& unit) {
  std::string html = "<div class=\"bars\">";
  for (const auto& [name, value] : values)
    html += fmt::format("<span>{}</span><div><b style=\"width:{:.1f}%\"></b></div><span>{}{}</span>", escaped(name),
                        std::clamp(100 * value / most, 0.0, 100.0), number(value, 3), unit);
  return html + "</div>\n";
}

std::string percentages(const Numbers& p) {
  std::vector<std::pair<std::string, double>> values;
  for (std::size_t k = 0; k < p.size(); ++k) values.emplace_back(std::to_string(k), std::round(1000 * p[k]) / 10);
  return bars(values, 100, " %");
}

std::string matrix(const std::string& corner, const std::vector<std::string>& rows,
                   const std::vector<std::string>& columns, const Numbers& values) {
  const double most = std::max(1.0, values.empty() ? 1 : *std::max_element(values.begin(), values.end()));
  std::string html = "<table class=\"matrix\"><caption>" + escaped(corner) + "</caption><tr><th></th>";
  for (const std::string& name : columns) html += "<th>" + escaped(name) + "</th>";
  for (std::size_t r = 0; r < rows.size(); ++r) {
    html += "</tr>\n<tr><th>" + escaped(rows[r]) + "</th>";
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const double value = values[r * columns.size() + c];
      html += fmt::format("<td style=\"--share:{:.0f}\">{}</td>", 55 * std::sqrt(value / most),
                          value == 0 ? "·" : number(value));
    }
  }
  return html + "</tr></table>\n";
}

std::string image(const Numbers& pixels, std::size_t columns) {
  return framed(pixels, columns, shades(pixels, columns, 1, "ink"));
}

std::string signed_image(const Numbers& pixels, std::size_t columns) {
  return framed(pixels, columns, shades(pixels, columns, 1, "k1") + shades(pixels, columns, -1, "k0"));
}

std::string table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows) {
  const auto has_words = [&](std::size_t column) {  // rather than numbers
    return !rows.empty() && std::isalpha(static_cast<unsigned char>(rows[0][column][0]));
  };
  const auto row_of = [&](const char* kind, const std::vector<std::string>& cells) {
    std::string html = "<tr>";
    for (std::size_t i = 0; i < cells.size(); ++i)
      html += fmt::format("<{0}{1}>{2}</{0}>", kind, has_words(i) ? " class=\"words\"" : "", escaped(cells[i]));
    return html + "</tr>\n";
  };
  std::string html = "<div class=\"wide\"><table>" + row_of("th", head);
  for (const auto& row : rows) html += row_of("td", row);
  return html + "</table></div>\n";
}

std::string cards(const std::vector<std::string>& pieces) {
  std::string html = "<div class=\"cards\">\n";
  for (const std::string& piece : pieces) html += "<div class=\"card\">" + piece + "</div>\n";
  return html + "</div>\n";
}

std::string figure(const std::string& picture, const std::string& caption) {
  return "<figure>" + picture + "<figcaption>" + escaped(caption) + "</figcaption></figure>\n";
}

void write_page(const std::string& path, const std::string& title, const std::string& body) {
  const std::string text = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\">\n<title>{}</title><style>{}</style>\n<body>\n{}<script>{}</"
      "script>\n</body></html>\n",
      escaped(title), style, body, script);
  const std::span<const std::uint8_t> bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  gradtape::write_file("page", path, {&bytes, 1}, gradtape::Location::current());
}

}  // namespace plot
