// The words that the shell lexer collects, what they mean for the holes in them, and what is reported of holes.

#include <algorithm>

#include "compiler/expression/shell_lexer.h"

namespace osac::expression {

namespace {

/// No command that people write nests like this; deeper ones are not followed.
constexpr std::size_t deepest = 100;

}  // namespace

ShellLexer::Frame* ShellLexer::word_frame() {
  for (std::size_t i = frames_.size(); i-- > 0;) {
    if (is_commands(frames_[i].kind)) return &frames_[i];
    if (frames_[i].kind != FrameKind::double_quotes) return nullptr;
  }
  return nullptr;
}

void ShellLexer::push(FrameKind kind, std::size_t begin) {
  if (frames_.size() >= deepest && !gave_up_) {
    gave_up_ = true;
    report(begin, "the command nests too deep", "split it into several commands");
  }
  Frame frame;
  frame.kind = kind;
  frame.begin = begin;
  frames_.push_back(std::move(frame));
}

void ShellLexer::open_word() {
  Frame* frame = word_frame();
  if (frame == nullptr || frame->has_word) return;
  frame->has_word = true;
  if (frames_.front().has_word && had_newline_) scan_.needs_shell = true;  // several lines
}

void ShellLexer::add_char(char c) {
  open_word();
  Frame* frame = word_frame();
  if (frame == nullptr) return;
  frame->word.text += c;
  if (!frame->last_piece_is_text) frame->pieces.push_back({text_.part_at(at_), ""});
  frame->last_piece_is_text = true;
  frame->pieces.back().text += c;
}

void ShellLexer::add_expansion() {
  scan_.needs_shell = true;
  open_word();
  if (Frame* frame = word_frame(); frame != nullptr) frame->word.text += expansion_mark;
}

void ShellLexer::add_hole(std::size_t number) {
  open_word();
  Frame* frame = word_frame();
  if (frame == nullptr) return;
  frame->word.text += hole_mark;
  frame->word.holes.push_back(number);
  frame->pieces.push_back({text_.part_at(at_), ""});
  frame->last_piece_is_text = false;
}

void ShellLexer::finish_word() {
  Frame& frame = top();
  if (!frame.has_word) return;
  ShellWord word = std::move(frame.word);
  if (frames_.size() == 1 && !frame.expects_target) scan_.words.push_back(std::move(frame.pieces));
  drop_word();
  if (!frame.expects_target && frame.kind != FrameKind::list) apply(frame.command.take(word), word, frame);
  frame.expects_target = false;
  frame.previous_holes = std::move(word.holes);
}

/// The `2` of `2>&1` is no word.
void ShellLexer::drop_word() {
  Frame& frame = top();
  frame.word = {};
  frame.pieces.clear();
  frame.has_word = frame.last_piece_is_text = false;
}

void ShellLexer::apply(const WordMeaning& meaning, const ShellWord& word, Frame& frame) {
  scan_.needs_shell = scan_.needs_shell || meaning.needs_shell;
  const auto make_number = [&](std::size_t hole) { scan_.contexts[hole] = HoleContext::shell_number; };
  for (std::size_t i = 0; i < meaning.number_holes && i < word.holes.size(); ++i) make_number(word.holes[i]);
  if (meaning.previous_are_numbers) std::for_each(frame.previous_holes.begin(), frame.previous_holes.end(), make_number);
  if (meaning.what.empty()) return;
  for (const std::size_t hole : word.holes) report(text_.hole_position(hole), meaning.what, meaning.help);
}

// ---- holes and problems

void ShellLexer::report(std::size_t at, std::string_view what, std::string_view help) {
  scan_.problems.push_back({text_.part_at(at), std::string(what), std::string(help)});
}

/// Whether a `${...}` is open around here, nearer than the next command: values cannot be quoted for it.
bool ShellLexer::in_expansion() const {
  for (std::size_t i = frames_.size(); i-- > 0;) {
    if (frames_[i].kind == FrameKind::expansion) return true;
    if (frames_[i].kind != FrameKind::double_quotes && frames_[i].kind != FrameKind::arithmetic) return false;
  }
  return false;
}

/// Whether the expansion that is open stands in double quotes or in a here-document.
bool ShellLexer::in_quotes() const {
  for (std::size_t i = frames_.size(); i-- > 0;) {
    if (is_commands(frames_[i].kind)) return false;
    if (frames_[i].kind == FrameKind::double_quotes || frames_[i].kind == FrameKind::here_document) return true;
  }
  return false;
}

void ShellLexer::take_hole(HoleContext context) {
  const std::size_t number = text_.hole_at(at_);
  scan_.contexts[number] = context;
  if (lost_) {
    report(at_, "the quotes and brackets before this value cannot be followed",
           "move it into a command of its own, or assign it to a variable first");
  } else if (!open_documents_.empty() && frames_.size() > open_documents_.back() + 1) {
    // Its text could end the here-document, whose delimiter is looked for in raw lines, and no guard fits all quotes.
    report(at_, "this value stands in an expansion within a here-document", "assign it to a variable first: `v={x}`, then `$v`");
  } else if (in_expansion()) {
    report(at_, "this value stands inside `${...}` of the shell", "assign it to a variable first: `v={x}`, then `${{v...}}`");
  }
  add_hole(number);
  ++at_;
}

void ShellLexer::refuse_hole(std::string_view what, std::string_view help) {
  report(at_, what, help);
  add_hole(text_.hole_at(at_));
  ++at_;
}

}  // namespace osac::expression
