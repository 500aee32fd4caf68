// Runs the topics of the lecture and writes what they show as one page.
#include <algorithm>
#include <exception>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "../command_line.h"
#include "slide.h"

namespace {

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const Topic& topic : topics()) all.emplace_back(topic.name);
  return all;
}

// Throws std::runtime_error with the name that was probably meant.
std::vector<Topic> chosen(const std::vector<std::string>& words) {
  if (words.empty()) return topics();
  std::vector<Topic> found;
  for (const std::string& word : words) {
    const auto topic = std::find_if(topics().begin(), topics().end(), [&](const Topic& t) { return t.name == word; });
    if (topic == topics().end()) {
      const std::string meant = nearest(word, names());
      throw std::runtime_error(
          fmt::format("no topic {}: {}", word, meant.empty() ? "--list names them" : "did you mean " + meant + "?"));
    }
    found.push_back(*topic);
  }
  return found;
}

// Numbers named "loss, Adam", "time, Adam", "loss, SGD", … as a table with a row for each of several things; the
// others, or those of one thing alone, as a list.
std::string number_tables(const std::vector<std::pair<std::string, double>>& numbers) {
  using Row = std::pair<std::string, std::vector<std::pair<std::string, double>>>;
  std::vector<Row> things;
  std::vector<std::vector<std::string>> list, rows;
  for (const auto& [name, value] : numbers) {
    const std::size_t comma = name.rfind(", ");
    const std::string thing = comma == std::string::npos ? "" : name.substr(comma + 2);
    auto row = std::find_if(things.begin(), things.end(), [&](const Row& r) { return r.first == thing; });
    if (row == things.end()) row = things.insert(row, {thing, {}});
    row->second.emplace_back(name.substr(0, comma), value);
  }
  std::vector<std::string> head = {""};
  for (const auto& [thing, cells] : things) {
    if (thing.empty() || cells.size() < 2) continue;
    const bool first = rows.empty();
    rows.push_back({thing});
    for (const auto& [name, value] : cells) {
      if (first) head.push_back(name);
      rows.back().push_back(plot::number(value, 6));
    }
  }
  for (const auto& [thing, cells] : things)
    if (thing.empty() || cells.size() < 2)
      for (const auto& [name, value] : cells)
        list.push_back({thing.empty() ? name : name + ", " + thing, plot::number(value, 6)});
  return (rows.empty() ? "" : plot::table(head, rows)) +
         (list.empty() ? "" : "<div class=\"list\">" + plot::table({"", ""}, list) + "</div>");
}

std::string section(const Topic& topic, const Slide& slide, double time) {
  return fmt::format(
      "<section id=\"{}\"><h2>{}</h2>\n<p class=\"formula\">{}</p>\n<p>{}</p>\n<div class=\"figures\">\n{}{}</div>\n"
      "<details open><summary>The code that made it ({:.2f} s)</summary><pre>{}</pre></details></section>\n",
      topic.name, slide.title, slide.formula, slide.text, slide.figures, number_tables(slide.numbers), time,
      plot::escaped(topic.code));
}

void run(const std::vector<Topic>& chosen, const std::string& out) {
  std::string links, sections;
  double total = 0;
  for (const Topic& topic : chosen) {
    Slide slide;
    const double time = seconds([&] { slide = topic.slide(); });
    total += time;
    fmt::print("{} ({:.2f} s): {}\n", topic.name, time, slide.title);
    for (const auto& [name, value] : slide.numbers) fmt::print("  {:<52} {}\n", name, plot::number(value, 6));
    std::fflush(stdout);
    links += fmt::format("<a href=\"#{}\">{}</a>\n", topic.name, slide.title);
    sections += section(topic, slide, time);
  }
  plot::write_page(out, "Learning as a lecture",
                   "<h1>A learning method is a model class, a loss and an optimizer, on a machine</h1>\n<nav>" + links +
                       "</nav>\n" + sections);
  fmt::print("{} topics in {:.1f} s: {}\n", chosen.size(), total, out);
}

}  // namespace

int main(int count, char** words) {
  std::vector<std::string> wanted;
  std::string out = "lecture.html";
  CLI::App app("Runs the topics of the lecture, all or those that are named, and writes what they show as one page.");
  app.add_option("topics", wanted, "their names; without one, all");
  app.add_option("--out", out, "file for the page")->capture_default_str();
  std::string device = "cpu";
  app.add_option("--device", device, "cuda: there must be one; combinations run on it too, wherever there is")
      ->check(CLI::IsMember({"cpu", "cuda"}))
      ->capture_default_str();
  bool list = false;
  app.add_flag("--list", list, "names the topics, and does nothing");
  try {
    app.parse(count, words);
  } catch (const CLI::CallForHelp& help) { return app.exit(help); } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "lecture: {} (--help shows the options)\n", error.what());
    return 2;
  }
  try {
    if (list) {
      for (const Topic& topic : topics()) fmt::print("{}\n", topic.name);
      return 0;
    }
    const auto topics = chosen(wanted);
    require_writable("--out", out);
    if (device == "cuda" && !gt::cuda::is_available())
      throw std::runtime_error("--device cuda: there is no CUDA device, or this build is one without CUDA");
    run(topics, out);
    return 0;
  } catch (const gt::Error& error) {
    fmt::print(stderr, "lecture: {}\n", error.text());
  } catch (const std::exception& error) { fmt::print(stderr, "lecture: {}\n", error.what()); }
  return 1;
}
