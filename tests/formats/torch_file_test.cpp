// Tests of formats/torch_file and formats/unpickle: what torch.save writes comes back, everything else is refused.
#include <catch2/catch.hpp>

#include "formats/model_file.h"
#include "support/errors.h"
#include "support/torch_bytes.h"

using namespace redraw;
using namespace redraw::test;

namespace {

const std::string kFour(16, 'x');  // four floats
std::string small(const std::string& type = "FloatStorage") { return tensor_of(type, "0", 4, 0, {2, 2}, {2, 1}); }
ModelFile parsed(const std::string& bytes) { return parse_model_file(bytes, "file.pt"); }

std::string keys_of(const ModelFile& file) {
  std::string keys;
  for (const auto& [key, info] : file.tensors) keys += key + " ";
  return keys;
}

/// A pickle in a file, and a word of the reason why it is refused.
void check_refused(const std::string& bytes, const std::string& reason) {
  const auto error = error_of([&] { parsed(bytes); });
  REQUIRE(error);
  INFO(error->message());
  CHECK(error->kind() == ErrorKind::kModel);
  CHECK(mentions(*error, "\"file.pt\""));
  CHECK(mentions(*error, reason));
  CHECK_FALSE(error->fix().empty());
}

}  // namespace

TEST_CASE("torch files: zip and old format give the same tensor, also packed and under another folder", "[formats]") {
  const std::string object = dict_of({{"w", small()}, {"step", integer_of(7)}});
  const std::string pickle = "\x80\x02" + object + ".";
  struct Row { const char* name; std::string bytes; const char* format; };
  for (const Row& row :
       {Row{"zip", pt_of(object, kFour), "torch zip"},
        Row{"deflated",
            zip_of({{"my model/data.pkl", pickle}, {"my model/data/0", kFour}, {"my model/byteorder", "little"}}, true),
            "torch zip"},
        Row{"no folder", zip_of({{"data.pkl", pickle}, {"data/0", kFour}, {"version", "3\n"}}), "torch zip"},
        Row{"legacy", legacy_of(object, kFour, 4), "torch legacy"}}) {
    INFO(row.name);
    const ModelFile file = parsed(row.bytes);
    CHECK(file.format == row.format);
    REQUIRE(keys_of(file) == "w ");
    CHECK(file.tensors.at("w").shape == std::vector<std::int64_t>{2, 2});
    CHECK(file.tensors.at("w").storage == kFour);
    CHECK(file.metadata.at("step") == "7");
  }
}

TEST_CASE("torch files: a state_dict stands for the whole, other dictionaries join their keys", "[formats]") {
  const std::string ordered =
      global_of("collections", "OrderedDict") + ")R(" + text_of("w") + small() + "u}" + text_of("_metadata") + "}sb";
  CHECK(keys_of(parsed(pt_of(dict_of({{"state_dict", ordered}, {"optimizer", dict_of({{"x", small()}})}}), kFour))) ==
        "w ");
  CHECK(keys_of(parsed(pt_of(dict_of({{"params_ema", ordered}, {"params", ordered}}), kFour))) ==
        "params.w params_ema.w ");
  const std::string parameters = global_of("torch.nn.modules.container", "ParameterDict") + ")\x81" +
                                 dict_of({{"training", "\x88"}, {"_parameters", dict_of({{"*", small()}})}}) + "b";
  CHECK(keys_of(parsed(pt_of(dict_of({{"string_to_param", parameters}}), kFour))) == "string_to_param.* ");
}

TEST_CASE("torch files: Lightning's callbacks, NumPy's scalars and sets are passed over", "[formats]") {
  const std::string checkpoint = global_of("pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint");
  const std::string scalar = global_of("numpy.core.multiarray", "scalar") + "(" + text_of("x") +
                             global_of("_codecs", "encode") + "(" + text_of("ab") + text_of("latin1") + "tRtR";
  const std::string pickle = dict_of({{"callbacks", "}" + checkpoint + "}s"},
                                      {"best", scalar},
                                      {"set", global_of("__builtin__", "set") + "(](K\x01"
                                                                                "etR"},
                                      {"state_dict", dict_of({{"w", small()}})}});
  CHECK(keys_of(parsed(pt_of(pickle, kFour))) == "w ");
}

TEST_CASE("torch files: every other global is refused by name, however it is named", "[formats]") {
  const std::string popen = text_of("subprocess") + text_of("Popen") + "\x93";
  for (const auto& [pickle, name] :
       Members{{global_of("os", "system") + "(" + text_of("true") + "tR", "os.system"},
               {"(" + text_of("true") + "ios\nsystem\n", "os.system"},
               {"(" + global_of("posix", "system") + text_of("true") + "o", "posix.system"},
               {popen + ")\x81", "subprocess.Popen"},
               {global_of("torch", "load"), "torch.load"},
               {global_of("torch._utils", "_rebuild_qtensor"), "torch._utils._rebuild_qtensor"},
               {global_of("collections", "OrderedDict.fromkeys"), "OrderedDict.fromkeys"},
               {std::string("\x82\x01", 2), "extension registry"}}) {
    INFO(name);
    check_refused(pt_of(dict_of({{"w", small()}, {"x", pickle}}), kFour), name);
    check_refused(legacy_of(dict_of({{"w", small()}, {"x", pickle}}), kFour, 4), name);
  }
}

TEST_CASE("torch files: pickles that lie or are broken are refused with the reason", "[formats]") {
  struct Row { const char* name; std::string object; const char* reason; };
  for (const Row& row :
       {Row{"cut text", "X" + number_bytes(1000, 4), "ends early"},
        Row{"huge text", "\x8d" + number_bytes(~0ULL, 8), "ends early"},
        Row{"negative long", "\x8b\xff\xff\xff\xff", "negative length"},
        Row{"unknown code", "\xff", "code 255"},
        Row{"underflow", "R", "stack"},
        Row{"below the mark", "N(R", "stack"},
        Row{"no mark", "t", "no mark"},
        Row{"memo", "h\x07", "memo"},
        Row{"set on a number", "K\x01" + text_of("a") + "K\x02s", "no container"},
        Row{"odd pairs", "}(Nu", "without a value"},
        Row{"call of a number", "K\x01)R", "no known global"},
        Row{"encode to something else", global_of("_codecs", "encode") + "(" + text_of("a") + text_of("rot13") + "tR",
            "_codecs.encode"},
        Row{"a list", "](" + small() + "e", "no dictionary"},
        Row{"complex", dict_of({{"w", small("ComplexFloatStorage")}}), "ComplexFloatStorage"},
        Row{"storage too short", dict_of({{"w", tensor_of("DoubleStorage", "0", 4, 0, {4}, {1})}}),
            "shorter than announced"},
        Row{"storage is missing", dict_of({{"w", tensor_of("FloatStorage", "9", 4, 0, {4}, {1})}}), "\"9\" is missing"},
        Row{"negative storage", dict_of({{"w", tensor_of("FloatStorage", "0", -4, 0, {4}, {1})}}), "negative size"},
        Row{"huge storage", dict_of({{"w", tensor_of("FloatStorage", "0", INT64_MAX, 0, {4}, {1})}}),
            "larger than any file"},
        Row{"beyond the storage", dict_of({{"w", tensor_of("FloatStorage", "0", 4, 1, {4}, {1})}}),
            "beyond its storage"},
        Row{"strides beyond", dict_of({{"w", tensor_of("FloatStorage", "0", 4, 0, {2, 2}, {3, 1})}}),
            "beyond its storage"},
        Row{"repeated by stride 0", dict_of({{"w", tensor_of("FloatStorage", "0", 4, 0, {1 << 20}, {0})}}),
            "more elements"},
        Row{"negative stride", dict_of({{"w", tensor_of("FloatStorage", "0", 4, 3, {4}, {-1})}}), "negative strides"},
        Row{"negative offset", dict_of({{"w", tensor_of("FloatStorage", "0", 4, -1, {4}, {1})}}), "negative offset"},
        Row{"negative side", dict_of({{"w", tensor_of("FloatStorage", "0", 4, 0, {-4}, {1})}}), "negative sizes"},
        Row{"rank", dict_of({{"w", tensor_of("FloatStorage", "0", 4, 0, {2, 2}, {1})}}), "differ in number"},
        Row{"overflow", dict_of({{"w", tensor_of("FloatStorage", "0", 4, 0, {1LL << 40, 1LL << 40}, {1LL << 40, 1})}}),
            "larger than any file"},
        Row{"no tensors", dict_of({{"step", integer_of(1)}}), "no tensors"}}) {
    INFO(row.name);
    check_refused(pt_of(row.object, kFour), row.reason);
  }
}

TEST_CASE("torch files: deep and shared values take neither the stack nor the memory", "[formats]") {
  check_refused(pt_of(std::string(")") + std::string(200'000, '\x85'), kFour), "no dictionary");
  std::string deep = small();
  for (int i = 0; i < 100; ++i) deep = dict_of({{"a", deep}});
  check_refused(pt_of(deep, kFour), "nested too deep");
  std::string laughs = "]q" + std::string(1, '\0');
  for (char i = 0; i < 30; ++i) {
    laughs += "](";
    for (int n = 0; n < 10; ++n) laughs += std::string("h") + i;
    laughs += std::string("eq") + static_cast<char>(i + 1);
  }
  CHECK(keys_of(parsed(pt_of(dict_of({{"x", laughs}, {"w", small()}}), kFour))) == "w ");
  std::string shared = "}(" + text_of("0") + tensor_of("ByteStorage", "0", 100'000, 0, {100'000}, {1}) + "q\x01";
  for (int i = 1; i < 1000; ++i) shared += text_of(std::to_string(i)) + "h\x01";
  check_refused(pt_of(shared + "u", std::string(100'000, 'x')), "share storages");
}

TEST_CASE("torch files: archives that lie or are no model are refused with the reason", "[formats]") {
  const std::string good = pt_of(dict_of({{"w", small()}}), kFour),
                    pickle = "\x80\x02" + dict_of({{"w", small()}}) + ".";
  const auto changed = [&](std::size_t at, char value) {
    std::string bytes = good;
    bytes[at] = value;
    return bytes;
  };
  const std::size_t directory = good.find("PK\x01\x02"), end = good.find("PK\x05\x06");
  check_refused(good.substr(0, good.size() / 2), "cut off");
  check_refused(changed(end + 17, '\x7f'), "directory");
  check_refused(changed(directory + 8, 1), "encrypted");
  check_refused(changed(directory + 10, 9), "method 9");
  check_refused(changed(directory + 22, 1), "two different sizes");
  check_refused(changed(directory + 43, 1), "not where");
  check_refused(zip_of({{"a/data.pkl", pickle}, {"a/data.pkl", pickle}}), "twice");
  check_refused(zip_of({{"a/data.pkl", pickle}, {"../evil", ""}}), "outside");
  check_refused(zip_of({{"a/data.pkl", pickle}, {"/evil", ""}}), "outside");
  check_refused(zip_of({{"a/model.safetensors", ""}}), "without data.pkl");
  check_refused(zip_of({{"a/data.pkl", pickle}, {"a/code/x.py", ""}}), "TorchScript");
  check_refused(zip_of({{"a/data.pkl", pickle}, {"a/data/0", kFour}, {"a/byteorder", "big"}}), "byte order");
  check_refused(zip_of({{"a/data.pkl", "\x80\x02" + std::string(40'000'000, 'N') + "."}}, true), "would unpack");
  std::string damaged = zip_of({{"a/data.pkl", pickle}, {"a/data/0", std::string(1000, 'y')}}, true);
  damaged[40] = static_cast<char>(damaged[40] ^ 0x55);
  check_refused(damaged, "damaged");
}

TEST_CASE("torch files: the old format cut anywhere is an error, never a crash", "[formats]") {
  const std::string good = legacy_of(dict_of({{"w", small()}}), kFour, 4);
  for (std::size_t size = 3; size < good.size(); ++size) CHECK(error_of([&] { parsed(good.substr(0, size)); }));
  check_refused(legacy_of(dict_of({{"w", small()}}), kFour, ~0ULL), "longer than the file");
  check_refused("\x80\x02}.", "torch.save did not write");
}
