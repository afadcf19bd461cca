// A pickle reader that makes tensors and plain containers, and calls nothing.
#include "formats/unpickle.h"

#include <array>
#include <bit>
#include <charconv>
#include <unordered_map>

#include "base/text.h"
#include "formats/bytes.h"
#include "formats/pickle_globals.h"
#include "formats/pickle_tensors.h"

namespace redraw {
namespace {

using enum PickleKind;
using Items = std::vector<PickleValue*>;
constexpr std::size_t kMaxValues = 2'000'000;  // an SDXL checkpoint with EMA has some 200 000

class Unpickler {
 public:
  Unpickler(std::string_view bytes, const Fault& fault) : fault_(fault), bytes_(bytes) {}

  Pickle read() {
    for (unsigned char code = byte(); code != '.'; code = byte()) run(code);
    pickle_.root = pop();
    pickle_.size = at_;
    return std::move(pickle_);
  }

 private:
  /// How a code is done; `size`: of its number in the stream, or how many values it takes.
  struct Code {
    unsigned char code;
    void (Unpickler::*run)(int size);
    int size = 0;
  };
  static const Code kCodes[];

  void run(unsigned char code) {
    static const std::array<const Code*, 256> table = table_of_codes();
    if (table[code] == nullptr) fail("its pickle holds code " + std::to_string(code) + ", which does not exist");
    (this->*table[code]->run)(table[code]->size);
  }
  static std::array<const Code*, 256> table_of_codes();

  [[noreturn]] void fail(const std::string& why) const { fault_.fail(why); }

  // The stream.
  std::string_view take(std::uint64_t size) {
    if (size > bytes_.size() - at_) fail("its pickle ends early");
    at_ += size;
    return bytes_.substr(at_ - size, size);
  }
  unsigned char byte() { return static_cast<unsigned char>(take(1)[0]); }
  std::uint64_t number(int size) { return little_endian(take(static_cast<std::uint64_t>(size)), size); }
  std::string_view line() {
    const std::size_t end = bytes_.find('\n', at_);
    if (end == std::string_view::npos) fail("its pickle ends early");
    const std::string_view text = bytes_.substr(at_, end - at_);
    at_ = end + 1;
    return text;
  }
  std::int64_t integer_in(std::string_view text) const {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) fail("its pickle holds a number that is none");
    return value;
  }

  // Values, the stack, its marks, the memo.
  PickleValue* make(PickleKind kind) {
    if (pickle_.values.size() >= kMaxValues) fail("its pickle holds more values than any model");
    pickle_.values.emplace_back().kind = kind;
    return &pickle_.values.back();
  }
  PickleValue* push(PickleKind kind) { return push(make(kind)); }
  PickleValue* push(PickleValue* value) { return stack_.push_back(value), value; }
  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  PickleValue* top() const {
    if (stack_.size() <= floor()) fail("its pickle's stack is empty where a value is needed");
    return stack_.back();
  }
  PickleValue* pop() {
    PickleValue* value = top();
    stack_.pop_back();
    return value;
  }
  Items pop_to_mark() {
    if (marks_.empty()) fail("its pickle's stack has no mark where one is needed");
    const Items items(stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back()), stack_.end());
    stack_.resize(marks_.back());
    marks_.pop_back();
    return items;
  }
  PickleValue* top_of(PickleKind kind) const {
    if (top()->kind != kind) fail("its pickle puts something into a value that is no container for it");
    return top();
  }
  void append(PickleValue* container, const Items& items) {
    container->items.insert(container->items.end(), items.begin(), items.end());
  }
  void remember(std::uint64_t index, PickleValue* value) {
    if (memo_.size() >= kMaxValues) fail("its pickle holds more values than any model");
    memo_[index] = value;
  }
  void recall(std::uint64_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) fail("its pickle's memo holds nothing under " + std::to_string(index));
    push(found->second);
  }

  // Codes.
  void none(int) { push(kNone); }
  void boolean(int value) { push(kBool)->integer = value; }
  void integer(int size) { push(kInteger)->integer = static_cast<std::int64_t>(number(size)); }
  void signed_integer(int) { push(kInteger)->integer = static_cast<std::int32_t>(number(4)); }
  void integer_line(int) {
    const std::string_view text = line();
    const bool is_bool = text == "00" || text == "01";
    push(is_bool ? kBool : kInteger)->integer = integer_in(text);
  }
  void long_line(int) {
    const std::string_view text = line();
    push(kInteger)->integer = integer_in(text.ends_with('L') ? text.substr(0, text.size() - 1) : text);
  }
  /// Two's complement of any length; beyond 64 bits it stays bytes.
  void long_integer(int size) {
    const std::uint64_t length = number(size);
    if (size == 4 && length >> 31 != 0) fail("its pickle holds a number of negative length");
    const std::string_view digits = take(length);
    PickleValue* value = push(digits.size() > 8 ? kOpaque : kInteger);
    value->text = digits;
    if (digits.size() > 8 || digits.empty()) return;
    const int unused = 64 - 8 * static_cast<int>(digits.size());
    value->integer =
        static_cast<std::int64_t>(little_endian(digits, static_cast<int>(digits.size())) << unused) >> unused;
  }
  void real(int) {
    std::uint64_t bits = 0;
    for (const char c : take(8)) bits = bits << 8 | static_cast<unsigned char>(c);  // the only big-endian number
    push(kFloat)->number = std::bit_cast<double>(bits);
  }
  void real_line(int) { push(kFloat)->number = parse_number(line()).value_or(0); }  // "nan" and "inf" mean nothing here
  void text(int size) { push(kText)->text = take_counted(size); }
  void binary(int size) { push(kBytes)->text = take_counted(size); }
  std::string_view take_counted(int size) {
    const std::uint64_t length = number(size);
    return take(length);
  }
  void text_line(int) { push(kText)->text = line(); }
  void quoted_line(int) {
    const std::string_view text = line();
    if (text.size() < 2 || text.front() != text.back()) fail("its pickle holds a text without quotes");
    push(kText)->text = text.substr(1, text.size() - 2);
  }
  void empty_tuple(int) { push(kTuple); }
  void empty_list(int) { push(kList); }
  void empty_dict(int) { push(kDict); }
  void empty_set(int) { push(kSet); }
  void mark(int) { marks_.push_back(stack_.size()); }
  void tuple_of(int count) {
    PickleValue* tuple = make(kTuple);
    tuple->items.resize(static_cast<std::size_t>(count));
    for (auto it = tuple->items.rbegin(); it != tuple->items.rend(); ++it) *it = pop();
    push(tuple);
  }
  void tuple_from_mark(int) { from_mark(kTuple); }
  void list_from_mark(int) { from_mark(kList); }
  void set_from_mark(int) { from_mark(kSet); }
  void from_mark(PickleKind kind) {
    Items items = pop_to_mark();
    push(kind)->items = std::move(items);
  }
  void dict_from_mark(int) {
    const Items items = pop_to_mark();
    push(kDict);
    add_pairs(items);
  }
  void append_one(int) {
    PickleValue* item = pop();
    top_of(kList)->items.push_back(item);
  }
  void append_all(int) {
    const Items items = pop_to_mark();
    append(top_of(kList), items);
  }
  void add_all(int) {
    const Items items = pop_to_mark();
    append(top_of(kSet), items);
  }
  void add_pairs(const Items& items) {
    if (items.size() % 2 != 0) fail("its pickle holds a key without a value");
    append(top_of(kDict), items);
  }
  void set_one(int) {
    PickleValue* value = pop();
    PickleValue* key = pop();
    add_pairs({key, value});
  }
  void set_all(int) { add_pairs(pop_to_mark()); }
  void pop_one(int) {
    if (stack_.size() > floor()) stack_.pop_back();
    else pop_mark(0);
  }
  void pop_mark(int) { pop_to_mark(); }
  void duplicate(int) { push(top()); }
  void put(int size) { remember(number(size), top()); }
  void put_line(int) { remember(static_cast<std::uint64_t>(integer_in(line())), top()); }
  void memoize(int) { remember(memo_.size(), top()); }
  void get(int size) { recall(number(size)); }
  void get_line(int) { recall(static_cast<std::uint64_t>(integer_in(line()))); }
  void skip(int size) { take(static_cast<std::uint64_t>(size)); }

  void global(int) {
    const std::string_view module = line(), name = line();
    push_global(module, name);
  }
  void global_from_stack(int) {
    const PickleValue* name = pop();
    const PickleValue* module = pop();
    if (name->kind != kText || module->kind != kText) fail("its pickle names a global by something that is no text");
    push_global(module->text, name->text);
  }
  void push_global(std::string_view module, std::string_view name) {
    const GlobalRow& row = find_global(module, name, fault_);
    push(kGlobal)->global = &row;
  }
  void extension(int) {
    fault_.fail("its pickle uses the extension registry, which could stand for any code",
                "take the .safetensors version, or save the bare state dictionary again");
  }
  void storage(int) { push(pickled_storage(*pop())); }
  void persistent_line(int) { fail("its pickle holds a persistent id as text, which torch does not write"); }

  void reduce(int) {
    const PickleValue* arguments = pop();
    const PickleValue* callee = pop();
    call(*callee, *arguments);
  }
  void reduce_with_keywords(int) {
    pop();
    reduce(0);
  }
  void instance(int) {
    const std::string_view module = line(), name = line();
    const GlobalRow& row = find_global(module, name, fault_);
    PickleValue* callee = make(kGlobal);
    callee->global = &row;
    from_mark(kTuple);
    call(*callee, *pop());
  }
  void object(int) {
    const Items items = pop_to_mark();
    if (items.empty()) fail("its pickle's stack is empty where a value is needed");
    PickleValue* arguments = make(kTuple);
    arguments->items.assign(items.begin() + 1, items.end());
    call(*items[0], *arguments);
  }

  /// What the few known globals make of their arguments; nothing is called.
  void call(const PickleValue& callee, const PickleValue& arguments) {
    if (callee.kind != kGlobal || arguments.kind != kTuple) fail("its pickle calls something that is no known global");
    switch (callee.global->what) {
      case PickleGlobal::kDict: return push_dict(arguments.items);
      case PickleGlobal::kParameterDict: push(kDict)->is_parameter_dict = true; return;
      case PickleGlobal::kSet: push(kSet); return;
      case PickleGlobal::kTensor: push(pickled_tensor(arguments.items)); return;
      case PickleGlobal::kParameter: push(parameter_of(arguments.items)); return;
      case PickleGlobal::kEncode: push(encoded(arguments.items)); return;
      case PickleGlobal::kOpaque: push(kOpaque); return;
      case PickleGlobal::kStorage: fail("its pickle makes a storage without data");
    }
  }
  /// OrderedDict(), or OrderedDict([[key, value], ...]) of Python 2.
  void push_dict(const Items& arguments) {
    PickleValue* dict = push(kDict);
    if (arguments.empty()) return;
    for (PickleValue* pair : arguments[0]->items) {
      if (pair->items.size() != 2) fail("its pickle holds a key without a value");
      append(dict, pair->items);
    }
  }
  PickleValue* parameter_of(const Items& arguments) const {
    if (arguments.empty() || arguments[0]->kind != kTensor) fail("its pickle holds a parameter without a tensor");
    return arguments[0];
  }
  /// How Python 2's protocol wrote bytes: as text of the same code points.
  PickleValue* encoded(const Items& arguments) {
    const bool right = arguments.size() == 2 && arguments[0]->kind == kText && arguments[1]->kind == kText &&
                       arguments[1]->text == "latin1";
    if (!right) fail("its pickle calls _codecs.encode in a way that NumPy does not");
    PickleValue* bytes = make(kBytes);
    bytes->text = arguments[0]->text;
    return bytes;
  }
  PickleValue* pickled_storage(const PickleValue& id) {
    pickle_.storages.push_back(storage_of(id, fault_));
    return indexed(kStorage, pickle_.storages.size() - 1);
  }
  PickleValue* pickled_tensor(const Items& arguments) {
    pickle_.tensors.push_back(tensor_of(arguments, pickle_.storages, fault_));
    return indexed(kTensor, pickle_.tensors.size() - 1);
  }
  PickleValue* indexed(PickleKind kind, std::size_t index) {
    PickleValue* value = make(kind);
    value->integer = static_cast<std::int64_t>(index);
    return value;
  }

  /// A ParameterDict gets its items; what other values carry beside their content (hooks, _metadata) has no use.
  void build(int) {
    const PickleValue* state = pop();
    PickleValue* value = top();
    if (value->kind != kDict && value->kind != kTensor && value->kind != kOpaque)
      fail("its pickle gives a state to a value that has none");
    if (!value->is_parameter_dict) return;
    for (std::size_t i = 0; i + 1 < state->items.size(); i += 2)
      if (state->items[i]->text == "_parameters" && state->items[i + 1]->kind == kDict)
        value->items = Items(state->items[i + 1]->items);
  }

  const Fault& fault_;
  std::string_view bytes_;
  std::uint64_t at_ = 0;
  Pickle pickle_;
  Items stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, PickleValue*> memo_;
};

const Unpickler::Code Unpickler::kCodes[] = {
    {'(', &Unpickler::mark},           {'0', &Unpickler::pop_one},         {'1', &Unpickler::pop_mark},
    {'2', &Unpickler::duplicate},      {'F', &Unpickler::real_line},       {'I', &Unpickler::integer_line},
    {'J', &Unpickler::signed_integer}, {'K', &Unpickler::integer, 1},      {'L', &Unpickler::long_line},
    {'M', &Unpickler::integer, 2},     {'N', &Unpickler::none},            {'P', &Unpickler::persistent_line},
    {'Q', &Unpickler::storage},        {'R', &Unpickler::reduce},          {'S', &Unpickler::quoted_line},
    {'T', &Unpickler::text, 4},        {'U', &Unpickler::text, 1},         {'V', &Unpickler::text_line},
    {'X', &Unpickler::text, 4},        {'a', &Unpickler::append_one},      {'b', &Unpickler::build},
    {'c', &Unpickler::global},         {'d', &Unpickler::dict_from_mark},  {'}', &Unpickler::empty_dict},
    {'e', &Unpickler::append_all},     {'g', &Unpickler::get_line},        {'h', &Unpickler::get, 1},
    {'i', &Unpickler::instance},       {'j', &Unpickler::get, 4},          {'l', &Unpickler::list_from_mark},
    {']', &Unpickler::empty_list},     {'o', &Unpickler::object},          {'p', &Unpickler::put_line},
    {'q', &Unpickler::put, 1},         {'r', &Unpickler::put, 4},          {'s', &Unpickler::set_one},
    {'t', &Unpickler::tuple_from_mark}, {')', &Unpickler::empty_tuple},    {'u', &Unpickler::set_all},
    {'G', &Unpickler::real},           {'B', &Unpickler::binary, 4},       {'C', &Unpickler::binary, 1},
    {0x80, &Unpickler::skip, 1},       {0x81, &Unpickler::reduce},         {0x82, &Unpickler::extension},
    {0x83, &Unpickler::extension},     {0x84, &Unpickler::extension},      {0x85, &Unpickler::tuple_of, 1},
    {0x86, &Unpickler::tuple_of, 2},   {0x87, &Unpickler::tuple_of, 3},    {0x88, &Unpickler::boolean, 1},
    {0x89, &Unpickler::boolean, 0},    {0x8a, &Unpickler::long_integer, 1}, {0x8b, &Unpickler::long_integer, 4},
    {0x8c, &Unpickler::text, 1},       {0x8d, &Unpickler::text, 8},        {0x8e, &Unpickler::binary, 8},
    {0x8f, &Unpickler::empty_set},     {0x90, &Unpickler::add_all},        {0x91, &Unpickler::set_from_mark},
    {0x92, &Unpickler::reduce_with_keywords}, {0x93, &Unpickler::global_from_stack}, {0x94, &Unpickler::memoize},
    {0x95, &Unpickler::skip, 8},       {0x96, &Unpickler::binary, 8},      {0x98, &Unpickler::skip, 0}};

std::array<const Unpickler::Code*, 256> Unpickler::table_of_codes() {
  std::array<const Code*, 256> table{};
  for (const Code& code : kCodes) table[code.code] = &code;
  return table;
}

}  // namespace

bool is_pickle(std::string_view bytes) {
  return bytes.size() > 2 && bytes[0] == '\x80' && bytes[1] >= 2 && bytes[1] <= 5;
}

Pickle unpickle(std::string_view bytes, const Fault& fault) { return Unpickler(bytes, fault).read(); }

}  // namespace redraw
