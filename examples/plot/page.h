// A page that opens offline, and what stands in it beside charts.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "chart.h"

namespace plot {

// A number for a person: `digits` that count, "−" before it, "3·10⁻⁷" where it is tiny or huge.
std::string number(double value, int digits = 4);
// So many decimals, as numbers of one column have.
std::string fixed(double value, int decimals);
// "10⁻³"; "1" and "10" as they are.
std::string power_of_ten(int exponent);
// Safe between tags and in attributes.
std::string escaped(const std::string& text);

// Bars from 0 to `most`, each with its name before it and its number behind.
std::string bars(const std::vector<std::pair<std::string, double>>& values, double most, const std::string& unit = "");
// Bars of probabilities, one a class, in tenths of a percent.
std::string percentages(const Numbers& p);
// Counts as a shaded table: values [rows.size() * columns.size()].
std::string matrix(const std::string& corner, const std::vector<std::string>& rows,
                   const std::vector<std::string>& columns, const Numbers& values);
// Pixels from 0 (paper) to 1 (ink), or from -1 (one colour) over 0 (paper) to 1 (another).
std::string image(const Numbers& pixels, std::size_t columns);
std::string signed_image(const Numbers& pixels, std::size_t columns);
// Rows of text, as wide as they need; wider than the page they can be moved.
std::string table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows);
// Pieces side by side, as many as the page has room for.
std::string cards(const std::vector<std::string>& pieces);
// A picture with the sentence under it.
std::string figure(const std::string& picture, const std::string& caption);

// Writes the page, with style and script, in place of the file at once; throws gradtape::FileError with the system's
// reason, and leaves nothing half-written.
void write_page(const std::string& path, const std::string& title, const std::string& body);

}  // namespace plot
