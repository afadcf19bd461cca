// Manifest and styles: tables of pictures and of prompts, and everything that can be wrong in them.
#include "recipe/manifest.h"

#include <catch2/catch.hpp>

#include "recipe/styles.h"
#include "support/temp_folder.h"

using namespace redraw;
using test::TempFolder;

namespace {

struct Read {
  std::vector<ManifestRow> rows;
  std::vector<Error> errors;
};

Read read(const TempFolder& folder, const std::string& name, const std::string& text) {
  Read result;
  result.rows = read_manifest(folder.write(name, text), result.errors);
  return result;
}

}  // namespace

TEST_CASE("manifest: CSV and JSON lines give the same rows", "[recipe][manifest]") {
  const TempFolder folder;
  const std::string bom = "\xEF\xBB\xBF";
  for (const auto& [name, text] :
       {std::pair{"a.csv",
                  bom + "path,prompt,denoise,mask_grow\r\nx.png,\"a lake, calm\",0.4,\r\nsub/y.png,@@z,,-2\r\n"},
        std::pair{"a.jsonl",
                  bom + "{\"path\": \"x.png\", \"prompt\": \"a lake, calm\", \"denoise\": 0.4}\r\n\r\n"
                        "{\"path\": \"sub/y.png\", \"prompt\": \"@@z\", \"denoise\": null, \"mask_grow\": -2}"}}) {
    INFO(name);
    const Read got = read(folder, name, text);
    REQUIRE(got.errors.empty());
    REQUIRE(got.rows.size() == 2);
    CHECK(got.rows[0].path == folder / "x.png");
    CHECK(got.rows[1].path == folder / "sub/y.png");
    Recipe first, second;
    CHECK(apply_settings(first, got.rows[0].settings).empty());
    CHECK(apply_settings(second, got.rows[1].settings).empty());
    CHECK(first.prompt == "a lake, calm");
    CHECK(first.denoise == 0.4);
    CHECK(first.origins.contains("denoise"));
    CHECK(second.prompt == "@z");
    CHECK(second.mask_grow == -2);
    CHECK_FALSE(second.origins.contains("denoise"));
  }
}

TEST_CASE("manifest: what is wrong is told with its line, all of it", "[recipe][manifest]") {
  const TempFolder folder;
  const auto first = [&](const std::string& name, const std::string& text) {
    const Read got = read(folder, name, text);
    return got.errors.empty() ? std::string("none")
                              : got.errors[0].where() + "|" + got.errors[0].what() + "|" + got.errors[0].fix();
  };
  using Catch::Contains;
  CHECK_THAT(first("a.csv", "path,denoize\nx.png,1\n"),
             Contains("a.csv:1|unknown column \"denoize\"") && Contains("did you mean denoise?"));
  CHECK_THAT(first("a.csv", "path,model\nx.png,m\n"), Contains("model is for the whole run"));
  CHECK_THAT(first("a.csv", "path,output\nx.png,/etc\n"), Contains("output is for the whole run"));
  CHECK_THAT(first("a.csv", "prompt\nx\n"), Contains("no column path"));
  CHECK_THAT(first("a.csv", ""), Contains("no column path"));
  CHECK_THAT(first("a.csv", "path,denoise,denoise\n"), Contains("the column \"denoise\" is there twice"));
  CHECK_THAT(first("a.csv", "path,denoise\nx.png,1\n,1\n"), Contains("a.csv:3|the row names no picture"));
  CHECK_THAT(first("a.csv", "path\nx.png\n./x.png\n"), Contains("a.csv:3|") && Contains("x.png\" is named twice"));
  CHECK_THAT(first("a.jsonl", "{\"path\": \"x\"}\n[1]\n"), Contains("a.jsonl:2|the line is no JSON object"));
  CHECK_THAT(first("a.jsonl", "{\"path\": \"x\", \"denoise\": {\"a\": 1}}"), Contains("denoise holds a structure"));
  CHECK_THAT(first("a.txt", "x.png"), Contains("is of no known kind"));
  CHECK(read(folder, "a.csv", "path,stepz,modell\nx.png,1,2\n,,\ny.png,1,2\n").errors.size() >= 3);
  std::vector<Error> errors;
  CHECK(read_manifest(folder / "none.csv", errors).empty());
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].kind() == ErrorKind::kFile);
}

TEST_CASE("manifest: no bytes crash the reader", "[recipe][manifest]") {
  const TempFolder folder;
  const std::string letters("path,\"\n\r{}[]:1x\0\xFF", 18);
  unsigned state = 1;
  for (int round = 0; round < 500; ++round) {
    std::string text = round % 2 == 0 ? "path,denoise\n" : "{\"path\": ";
    for (int i = 0; i < 40; ++i) text += letters[(state = state * 1664525 + 1013904223) / 65536 % letters.size()];
    read(folder, round % 2 == 0 ? "f.csv" : "f.jsonl", text);
  }
}

TEST_CASE("styles: columns in any order, old files, comments, and names that are not there", "[recipe][styles]") {
  const TempFolder folder;
  const auto styles = read_styles(
      folder.write("s.csv", "negative_prompt,name,text\nbad,one,a {prompt} b\n,# two,x\n,three,\"c, d\"\n"));
  REQUIRE(styles.size() == 2);
  std::string prompt = "p", negative = "n";
  apply_styles(styles, std::vector<std::string>{"one", "three"}, "--styles", prompt, negative);
  CHECK(prompt == "a p b, c, d");
  CHECK(negative == "n, bad");
  try {
    apply_styles(styles, std::vector<std::string>{"thre"}, "--styles", prompt, negative);
    FAIL("an unknown style is refused");
  } catch (const Error& error) {
    CHECK(error.fix() == "did you mean \"three\"?");
    CHECK(error.where() == "--styles");
  }
  CHECK_THROWS_AS(read_styles(folder.write("t.csv", "a,b\n1,2\n")), Error);
}
