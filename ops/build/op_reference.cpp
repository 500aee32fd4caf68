// op_reference <list of headers> <page>: writes the reference page of an op table, in Markdown. Each line of the list
// is a header, a bar, and how many ops of the table are its. What stands in the page is read from the headers (their
// first comment, what they declare, their formulas) and tried out on the table's examples (types).
//
// Compiled for each op table.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include <gradtape/gradtape.h>
#include <gradtape/ops/table.h>

namespace gt = gradtape;

std::span<const gt::OpEntry> GT_TABLE();

namespace {

using Lines = std::vector<std::string>;

bool starts_with_any(const std::string& line, std::initializer_list<const char*> beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(), [&](const char* text) { return line.rfind(text, 0) == 0; });
}
Lines lines_of(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("op_reference: cannot read " + path);
  Lines lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}
std::string without(std::string text, const std::string& part) {
  for (std::size_t at; (at = text.find(part)) != std::string::npos;) text.erase(at, part.size());
  return text;
}

// A header's first comment, as one line.
std::string description_of(const Lines& header) {
  std::string text;
  for (const std::string& line : header) {
    if (!starts_with_any(line, {"//"})) break;
    text += (text.empty() ? "" : " ") + line.substr(std::min<std::size_t>(3, line.size()));
  }
  return text;
}

// Whatever stands at the outermost level of a header, with the comment above it.
struct Declaration {
  Lines comment, text;
  bool is_op = false;
};
std::string code_of(const std::string& line) {
  const std::string code = line.substr(0, line.find("//"));
  return code.substr(0, code.find_last_not_of(' ') + 1);
}
int depth_after(const std::string& line, int depth) {
  for (char c : code_of(line)) depth += (c == '{' || c == '(') - (c == '}' || c == ')');
  return depth;
}
std::vector<Declaration> declarations_of(const Lines& header) {
  std::vector<Declaration> all;
  Declaration now;
  int depth = 0;
  for (const std::string& line : header) {
    if (depth == 0) {
      if (line.empty()) now.comment.clear();
      if (line.empty() || starts_with_any(line, {"#", "namespace", "}"})) continue;
      if (starts_with_any(line, {"//"})) {
        now.comment.push_back(line);
        continue;
      }
    }
    now.text.push_back(line);
    now.is_op |= line.find("static constexpr auto name = ") != std::string::npos;
    depth = depth_after(line, depth);
    const std::string code = code_of(line);
    if (depth > 0 || code.empty() || (code.back() != ';' && code.back() != '}')) continue;
    all.push_back(std::move(now));
    now = {};
  }
  return all;
}

// A function without its body, and without the location that every call takes by itself.
std::string signature_of(const Lines& text) {
  std::string all;
  for (const std::string& line : text) {
    const std::size_t first = line.find_first_not_of(' ');
    if (first != std::string::npos) all += (all.empty() ? "" : " ") + line.substr(first);
  }
  int depth = 0;
  std::size_t end = 0;
  for (; end < all.size(); ++end) {
    depth += (all[end] == '(') - (all[end] == ')');
    if (depth == 0 && (all[end] == ';' || all[end] == '{') && end && all[end - 1] != '=') break;
  }
  all = all.substr(0, end);
  while (!all.empty() && all.back() == ' ') all.pop_back();
  for (const char* part : {", Location at = Location::current()", "Location at = Location::current()", "inline "})
    all = without(all, part);
  return all + ";";
}
bool is_type(const Declaration& declaration) {
  return starts_with_any(declaration.text.front(), {"struct", "enum", "class"});
}
// Functions that know the caller's line, and the types that they take and return.
bool is_for_users(const Declaration& declaration) {
  if (is_type(declaration) && code_of(declaration.text.front()).find('{') == std::string::npos) return false;
  if (is_type(declaration)) return !declaration.is_op && declaration.text.front().find("Settings") == std::string::npos;
  std::string all;
  for (const std::string& line : declaration.text) all += line;
  return all.find("Location at = ") != std::string::npos || all.find("const Operand& ") != std::string::npos;
}

// The text between the braces of an op's member function, in one line.
std::string body_of(const Lines& op, const std::string& function) {
  std::string body;
  int depth = 0;
  bool inside = false;
  for (const std::string& line : op) {
    if (!inside && line.find(" " + function + "(") == std::string::npos) continue;
    if (!inside && line.find("GT_FN") == std::string::npos) continue;
    const std::string code = code_of(line);
    if (inside || line.find('{') != std::string::npos) {
      const std::size_t from = inside ? code.find_first_not_of(' ') : code.find('{') + 1;
      if (from != std::string::npos && from < code.size()) body += (body.empty() ? "" : " ") + code.substr(from);
    }
    for (char c : code) depth += (c == '{') - (c == '}');
    inside = true;
    if (depth == 0 && code.find('}') != std::string::npos) break;
  }
  const std::size_t end = body.rfind('}');
  if (end != std::string::npos) body.erase(end);
  while (!body.empty() && body.back() == ' ') body.pop_back();
  if (body.rfind("return ", 0) == 0 && body.find(';') == body.size() - 1) body = body.substr(7, body.size() - 8);
  return body;
}

// What comes of each type: by trying.
std::string types_of(const gt::OpEntry& op) {
  if (!op.examples) return "float32, float64";
  const auto examples = op.examples();
  const auto fits = [](const gt::Example& example) {
    return !example.inputs.empty() &&
           std::all_of(example.inputs.begin(), example.inputs.end(),
                       [](const gt::Shape& shape) { return shape.rank() > 0 && gt::count_of(shape) > 0; });
  };
  const auto example = std::find_if(examples.begin(), examples.end(), fits);
  if (example == examples.end()) return "";
  std::map<std::string, std::string> given;  // by what comes
  Lines order;
  for (const gt::TypeFacts& facts : gt::type_facts) {
    const gt::DType type = facts.type;
    std::vector<gt::Tensor> inputs;
    for (const gt::Shape& shape : example->inputs)
      inputs.push_back(gt::full(shape, std::max(1.0, std::ceil(example->samples.low)), {.dtype = type}));
    std::string result = "refused";
    try {
      const gt::DType got = example->call(inputs).dtype();
      result = got == type ? "the same" : gt::name_of(got);
    } catch (const gt::Error&) {}
    std::string& types = given[result];
    if (types.empty()) order.push_back(result);
    types += (types.empty() ? "" : ", ") + std::string(facts.name);
  }
  std::string text;
  for (const std::string& result : order) text += (text.empty() ? "" : "; ") + given[result] + " → " + result;
  return text;
}

// A header, and its ops in the table.
struct Entry {
  std::filesystem::path header;
  std::span<const gt::OpEntry> ops;
  std::string folder() const { return header.parent_path().filename().string(); }
};
std::vector<Entry> entries_of(const std::string& list) {
  std::vector<Entry> entries;
  std::size_t first = 0;
  for (const std::string& line : lines_of(list)) {
    if (line.empty()) continue;
    const std::size_t bar = line.find('|'), count = std::stoul(line.substr(bar + 1));
    entries.push_back({line.substr(0, bar), GT_TABLE().subspan(first, count)});
    first += count;
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.folder() < b.folder(); });
  return entries;
}

// A type, as far as it is its users' too.
void write_public(std::ostream& page, const Lines& type) {
  for (const std::string& line : type) {
    if (line == " private:") {
      page << "};\n";
      return;
    }
    page << line << '\n';
  }
}

void write_header(std::ostream& page, const Entry& entry) {
  const Lines header = lines_of(entry.header.string());
  const auto declarations = declarations_of(header);
  std::string names = entry.ops.empty() ? entry.header.stem().string() : "";
  for (const gt::OpEntry& op : entry.ops) names += (names.empty() ? "`" : ", `") + std::string(op.name) + "`";
  page << "\n### " << names << "\n\n" << description_of(header) << "\n\n```cpp\n";
  for (const Declaration& declaration : declarations) {
    if (!is_for_users(declaration)) continue;
    for (const std::string& line : declaration.comment) page << line << '\n';
    if (!is_type(declaration)) page << signature_of(declaration.text) << '\n';
    else write_public(page, declaration.text);
  }
  page << "```\n";
  const gt::OpEntry* op = entry.ops.data();
  for (const Declaration& declaration : declarations) {
    if (!declaration.is_op) continue;
    page << "\n- `" << op->name << '`';
    if (const std::string forward = body_of(declaration.text, "forward"); !forward.empty())
      page << ": `" << forward << '`';
    for (const char* slope : {"slope", "slope_from_output"})
      if (const std::string body = body_of(declaration.text, slope); !body.empty())
        page << "; " << slope << " `" << body << '`';
    if (const std::string types = types_of(*op); !types.empty()) page << "\n  - " << types;
    ++op;
  }
  page << '\n';
}

}  // namespace

int main(int count, char** arguments) try {
  if (count != 3) throw std::runtime_error("op_reference <list of headers> <page>");
  std::ofstream page(arguments[2]);
  page
      << "# Op reference\n\nWritten by the build from the ops' headers. Every function also takes the caller's line.\n";
  std::string folder;
  for (const Entry& entry : entries_of(arguments[1])) {
    if (entry.folder() != folder) page << "\n## " << (folder = entry.folder()) << "\n";
    write_header(page, entry);
  }
  return page.flush() ? 0 : 1;
} catch (const std::exception& fault) {
  std::cerr << fault.what() << '\n';
  return 1;
}
