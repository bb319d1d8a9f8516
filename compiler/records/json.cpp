#include "compiler/records/json.h"

#include <charconv>

#include "compiler/base/text.h"

namespace osac::records {

namespace {

constexpr int deepest = 500;

struct Malformed {
  const char* what;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | (code >> 6));
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3f));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

}  // namespace

struct JsonDocument::Reader {
  std::vector<Node>& nodes;
  std::string_view text;
  std::size_t at = 0;

  [[nodiscard]] char peek() const { return at < text.size() ? text[at] : '\0'; }
  void skip_blanks() {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r')) ++at;
  }
  bool take(char c) {
    skip_blanks();
    return at < text.size() && text[at] == c && (++at, true);
  }
  void expect(char c, const char* what) {
    if (!take(c)) throw Malformed{what};
  }

  void value(int depth) {
    if (depth > deepest) throw Malformed{"it is nested too deeply"};
    skip_blanks();
    const std::size_t own = nodes.size();
    nodes.emplace_back();
    switch (peek()) {
      case '{':
        return members(own, depth);
      case '[':
        return items(own, depth);
      case '"':
        nodes[own].kind = Json::Kind::text;
        quoted(own);
        break;
      case 't':
      case 'f':
      case 'n':
        word(own);
        break;
      default:
        number(own);
    }
    nodes[own].end = static_cast<std::uint32_t>(nodes.size());
  }

  void members(std::size_t own, int depth) {
    nodes[own].kind = Json::Kind::object;
    ++at;
    if (!take('}')) {
      do {
        skip_blanks();
        const std::size_t name = nodes.size();
        nodes.emplace_back();
        nodes[name].kind = Json::Kind::text;
        if (peek() != '"') throw Malformed{"the name of a member is missing"};
        quoted(name);
        nodes[name].end = static_cast<std::uint32_t>(nodes.size());
        expect(':', "`:` is missing after a member's name");
        value(depth + 1);
      } while (take(','));
      expect('}', "an object does not end");
    }
    nodes[own].end = static_cast<std::uint32_t>(nodes.size());
  }

  void items(std::size_t own, int depth) {
    nodes[own].kind = Json::Kind::list;
    ++at;
    if (!take(']')) {
      do value(depth + 1);
      while (take(','));
      expect(']', "a list does not end");
    }
    nodes[own].end = static_cast<std::uint32_t>(nodes.size());
  }

  void word(std::size_t own) {
    const auto is = [&](std::string_view wanted) { return text.substr(at).starts_with(wanted) && (at += wanted.size(), true); };
    if (is("true") || is("false")) {
      nodes[own].kind = Json::Kind::boolean;
      nodes[own].boolean = text[at - 2] == 'u';
    } else if (!is("null")) {
      throw Malformed{"a value is missing"};
    }
  }

  void digits() {
    if (!is_digit(peek())) throw Malformed{"a value is missing, or a number has no digits where they belong"};
    while (is_digit(peek())) ++at;
  }

  void number(std::size_t own) {
    Node& node = nodes[own];
    const std::size_t begin = at;
    if (peek() == '-') ++at;
    if (peek() == '0')
      ++at;
    else
      digits();
    bool is_whole = true;
    if (peek() == '.') {
      is_whole = false;
      ++at;
      digits();
    }
    if (peek() == 'e' || peek() == 'E') {
      is_whole = false;
      ++at;
      if (peek() == '+' || peek() == '-') ++at;
      digits();
    }
    node.text = text.substr(begin, at - begin);
    const char* const end = node.text.data() + node.text.size();
    node.kind = Json::Kind::integer;
    if (is_whole && std::from_chars(node.text.data(), end, node.integer).ec == std::errc{}) {
      node.real = static_cast<double>(node.integer);
      return;
    }
    node.kind = Json::Kind::real;
    if (std::from_chars(node.text.data(), end, node.real).ec != std::errc{}) throw Malformed{"a number is out of range"};
  }

  std::uint32_t code_unit() {
    std::uint32_t code = 0;
    if (at + 4 > text.size()) throw Malformed{"an escape is cut short"};
    const auto parsed = std::from_chars(text.data() + at, text.data() + at + 4, code, 16);
    if (parsed.ec != std::errc{} || parsed.ptr != text.data() + at + 4) throw Malformed{"an escape has no four hexadecimal digits"};
    at += 4;
    return code;
  }

  void escape(std::string& out) {
    constexpr std::string_view names = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    const char c = peek();
    ++at;
    if (const auto found = names.find(c); found != std::string_view::npos && c != '\0') {
      out += meanings[found];
      return;
    }
    if (c != 'u') throw Malformed{"there is no such escape"};
    std::uint32_t code = code_unit();
    if (code >= 0xdc00 && code < 0xe000) throw Malformed{"half of a surrogate pair stands alone"};
    if (code >= 0xd800 && code < 0xdc00) {
      if (text.substr(at, 2) != "\\u") throw Malformed{"half of a surrogate pair stands alone"};
      at += 2;
      const std::uint32_t low = code_unit();
      if (low < 0xdc00 || low >= 0xe000) throw Malformed{"half of a surrogate pair stands alone"};
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    append_utf8(out, code);
  }

  void quoted(std::size_t own) {
    std::string& out = nodes[own].text;
    for (++at;;) {
      if (at >= text.size()) throw Malformed{"a text does not end"};
      const char c = text[at++];
      if (c == '"') return;
      if (static_cast<unsigned char>(c) < 0x20) throw Malformed{"a text holds a control character"};
      if (c == '\\')
        escape(out);
      else
        out += c;
    }
  }
};

JsonDocument::JsonDocument(std::string_view text) {
  if (find_malformed_utf8(text)) {
    problem_ = "it is not UTF-8";
    return;
  }
  try {
    Reader reader{nodes_, text};
    reader.value(0);
    reader.skip_blanks();
    if (reader.at != text.size()) throw Malformed{"something follows its end"};
  } catch (const Malformed& malformed) {
    problem_ = malformed.what;
  }
}

Json::Kind Json::kind() const { return document_->nodes_[node_].kind; }
bool Json::boolean() const { return document_->nodes_[node_].boolean; }
std::int64_t Json::integer() const { return document_->nodes_[node_].integer; }
double Json::real() const { return document_->nodes_[node_].real; }
const std::string& Json::text() const { return document_->nodes_[node_].text; }

std::string Json::minified() const {
  std::string out;
  switch (kind()) {
    case Kind::null:
      return "null";
    case Kind::boolean:
      return boolean() ? "true" : "false";
    case Kind::integer:
    case Kind::real:
      return text();
    case Kind::text:
      return json_quoted(text());
    case Kind::list:
      each([&](Json item) { out += (out.empty() ? "" : ",") + item.minified(); });
      return "[" + out + "]";
    case Kind::object:
      members([&](const std::string& name, Json item) { out += (out.empty() ? "" : ",") + json_quoted(name) + ":" + item.minified(); });
      return "{" + out + "}";
  }
  return out;
}

}  // namespace osac::records
