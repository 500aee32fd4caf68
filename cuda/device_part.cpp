#include <gradtape/cuda/device_part.h>

#include <algorithm>
#include <cctype>
#include <iterator>

namespace gradtape::cuda {
namespace {

template <class... Words>
bool is_one_of(std::string_view word, Words... words) {
  return ((word == words) || ...);
}
bool is_in_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// A header's words and signs, one by one; comments and spaces are passed over.
class Words {
 public:
  explicit Words(std::string_view text) : text_(text) { read(0); }
  std::string_view operator*() const { return text_.substr(begin_, end_ - begin_); }
  explicit operator bool() const { return begin_ < text_.size(); }
  std::size_t begin() const { return begin_; }
  std::size_t end() const { return end_; }
  void next() { read(end_); }
  // From an opening sign to behind the one that closes it, whose end it returns.
  std::size_t pass_over(std::string_view opening, std::string_view closing) {
    int depth = 0;
    std::size_t end = end_;
    do {
      depth += (**this == opening) - (**this == closing);
      end = end_;
      next();
    } while (depth > 0 && *this);
    return end;
  }

 private:
  char at(std::size_t i) const { return i < text_.size() ? text_[i] : '\0'; }
  std::size_t behind(std::string_view sign, std::size_t from) const {
    const std::size_t found = text_.find(sign, from);
    return found == text_.npos ? text_.size() : found + sign.size();
  }
  void read(std::size_t from) {
    begin_ = from;
    while (begin_ < text_.size()) {
      if (std::isspace(static_cast<unsigned char>(at(begin_)))) ++begin_;
      else if (text_.substr(begin_, 2) == "//") begin_ = behind("\n", begin_);
      else if (text_.substr(begin_, 2) == "/*") begin_ = behind("*/", begin_ + 2);
      else break;
    }
    end_ = behind_word(begin_);
  }
  std::size_t behind_word(std::size_t i) const {
    const char first = at(i);
    if (i >= text_.size()) return i;
    if (first == '#') return behind_directive(i);
    if (first == '"' || first == '\'') {
      for (++i; i < text_.size() && text_[i] != first; ++i) i += text_[i] == '\\';
      return std::min(i + 1, text_.size());
    }
    const bool number = std::isdigit(static_cast<unsigned char>(first));
    while (is_in_word(at(i)) || (number && (at(i) == '\'' || at(i) == '.'))) ++i;
    if (is_in_word(first)) return i;
    return i + (text_.substr(i, 2) == "::" ? 2 : 1);
  }
  std::size_t behind_directive(std::size_t i) const {
    do i = behind("\n", i);
    while (i < text_.size() && i >= 2 && text_[i - 2] == '\\');
    return i;
  }

  std::string_view text_;
  std::size_t begin_ = 0, end_ = 0;
};

class DevicePart {
 public:
  DevicePart(std::string_view text, const std::function<bool(std::string_view)>& known)
      : text_(text), known_(known), words_(text) {}
  std::string read() {
    declarations(false);
    return std::move(part_);
  }

 private:
  // Up to the end of a scope: of a type or a namespace.
  void declarations(bool of_type) {
    while (words_ && *words_ != "}") {
      if ((*words_)[0] == '#') directive();
      else if (is_one_of(*words_, "public", "private", "protected")) keep_from(words_.begin(), ":");
      else declaration(of_type);
    }
  }
  void directive() {
    const std::string_view line = *words_;
    const std::size_t open = line.find_first_of("<\""), close = line.find_first_of(">\"", open + 1);
    const bool includes = line.substr(1).find("include") < open && open < close && close != line.npos;
    if (!includes || known_(line.substr(open + 1, close - open - 1))) part_.append(line);
    words_.next();
  }
  void keep_from(std::size_t begin, std::string_view last) {
    while (words_ && *words_ != last) step();
    keep(begin, words_.end());
    words_.next();
  }
  void keep(std::size_t begin, std::size_t end) { part_.append(text_.substr(begin, end - begin)).append("\n"); }
  // One word, or all that its bracket holds.
  void step() {
    if (*words_ == "(") words_.pass_over("(", ")");
    else if (*words_ == "[") words_.pass_over("[", "]");
    else if (*words_ == "{") words_.pass_over("{", "}");
    else words_.next();
  }

  void declaration(bool member) {
    const std::size_t begin = words_.begin();
    bool type = false, scope = false, constant = member, device = false, function = false, always = false;
    std::string_view before;
    while (words_) {
      const std::string_view word = *words_;
      if (word == "{" && !function && (type || scope)) return inside(begin, type);
      if (word == "{" && function) return end_of_function(begin, device || always);
      if (word == ";" || word == "=") break;
      if (word == "operator") function = true;
      type |= is_one_of(word, "struct", "class", "union") && before != "enum";
      scope |= is_one_of(word, "namespace", "extern");
      constant |= word == "const";
      always |= is_one_of(word, "constexpr", "consteval", "using", "typedef", "concept", "enum", "static_assert");
      device |= is_one_of(word, "GT_FN", "GT_SLOW_FN", "__device__");
      function |= word == "(" && !is_one_of(before, "alignas", "decltype", "noexcept", "explicit", "requires");
      before = word;
      if (word == "operator") pass_over_name();
      else if (word == "<" && begins_template(begin)) words_.pass_over("<", ">");
      else step();
    }
    while (words_ && *words_ != ";") step();
    if (device || always || (!function && (type || constant))) keep(begin, words_.end());
    words_.next();
  }
  bool begins_template(std::size_t begin) const {
    const std::string_view head = text_.substr(begin, words_.begin() - begin);
    return head.substr(0, head.find_last_not_of(" \n") + 1) == "template";
  }
  // Of an operator, whose signs are no others'.
  void pass_over_name() {
    words_.next();
    if (*words_ == "(") words_.pass_over("(", ")");
    while (words_ && *words_ != "(") words_.next();
  }
  // A namespace or a type: what of it is a device's.
  void inside(std::size_t begin, bool type) {
    keep(begin, words_.end());
    words_.next();
    declarations(type);
    if (type) return keep_from(words_.begin(), ";");
    part_.append("}\n");
    words_.next();
  }
  // A body, and before it, in a constructor, members with theirs.
  void end_of_function(std::size_t begin, bool kept) {
    std::size_t end = begin;
    for (bool more = true; more;) {
      end = words_.pass_over("{", "}");
      more = words_ && is_one_of(*words_, "{", ",");
      while (more && words_ && *words_ != "{") step();
    }
    if (kept) keep(begin, end);
  }

  std::string_view text_;
  const std::function<bool(std::string_view)>& known_;
  Words words_;
  std::string part_;
};

}  // namespace

std::string device_part(std::string_view header, const std::function<bool(std::string_view)>& known) {
  return DevicePart(header, known).read();
}

}  // namespace gradtape::cuda
