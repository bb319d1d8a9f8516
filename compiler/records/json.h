#pragma once
// JSON (RFC 8259) as values to walk over: one pass into one vector, strict, UTF-8 only. For records and metrics, which are small, and for
// programs without shared libraries. It knows no types of ours.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace osac::records {

class JsonDocument;

/// A value of a document, which has to outlive it.
class Json {
 public:
  enum class Kind : std::uint8_t { null, boolean, integer, real, text, list, object };
  [[nodiscard]] Kind kind() const;
  [[nodiscard]] bool is_null() const { return kind() == Kind::null; }
  [[nodiscard]] bool is_number() const { return kind() == Kind::integer || kind() == Kind::real; }
  [[nodiscard]] bool boolean() const;
  [[nodiscard]] std::int64_t integer() const;  ///< of Kind::integer: whole numbers of 64 bits without fraction or exponent
  [[nodiscard]] double real() const;           ///< of any number
  [[nodiscard]] const std::string& text() const;
  /// The value as it was written, without blanks between things.
  [[nodiscard]] std::string minified() const;

  /// Calls f(item) for each item of a list.
  template <typename F>
  void each(F&& f) const;
  /// Calls f(name, value) for each member of an object, in their order.
  template <typename F>
  void members(F&& f) const;

 private:
  friend class JsonDocument;
  Json(const JsonDocument& document, std::uint32_t node) : document_(&document), node_(node) {}
  const JsonDocument* document_;
  std::uint32_t node_;
};

class JsonDocument {
 public:
  /// Reads one value and nothing after it. Otherwise root() has nothing and problem() says why.
  explicit JsonDocument(std::string_view text);
  [[nodiscard]] std::optional<Json> root() const { return problem_.empty() ? std::optional(Json(*this, 0)) : std::nullopt; }
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  friend class Json;
  struct Node {
    Json::Kind kind = Json::Kind::null;
    bool boolean = false;
    std::uint32_t end = 0;  ///< the node after all that is in this one
    std::int64_t integer = 0;
    double real = 0;
    std::string text;  ///< of a text; of a number as it was written
  };
  struct Reader;
  std::vector<Node> nodes_;  ///< a value, then what is in it; of a member its name as a text, then its value
  std::string problem_;
};

// ---- implementation

template <typename F>
void Json::each(F&& f) const {
  const auto& nodes = document_->nodes_;
  for (std::uint32_t at = node_ + 1; at < nodes[node_].end; at = nodes[at].end) f(Json(*document_, at));
}

template <typename F>
void Json::members(F&& f) const {
  const auto& nodes = document_->nodes_;
  for (std::uint32_t at = node_ + 1; at < nodes[node_].end; at = nodes[at + 1].end) f(nodes[at].text, Json(*document_, at + 1));
}

}  // namespace osac::records
