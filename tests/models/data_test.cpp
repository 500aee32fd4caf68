#include <clocale>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <zlib.h>

#include "tests/support/near.h"

#include <gradtape/models/csv.h>
#include <gradtape/models/idx.h>
#include <gradtape/models/safetensors.h>

namespace {

// A folder of its own for each test, gone afterwards.
class Files : public testing::Test {
 protected:
  Files()
      : folder_(std::filesystem::temp_directory_path() /
                ("gradtape_" + std::to_string(::getpid()) + "_" +
                 testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::create_directories(folder_);
  }
  ~Files() override { std::filesystem::remove_all(folder_); }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name);
  }

 private:
  std::filesystem::path folder_;
};
// One gzip member.
std::string packed(const std::string& text) {
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}
std::string times(std::size_t count, const std::string& text) {
  std::string all;
  while (count-- > 0) all += text;
  return all;
}
// The most memory that this process has had.
long peak_megabytes() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}
// A header as a safetensors file starts with it, and what follows.
std::string with_header(const std::string& header, const std::string& numbers = {}) {
  std::string size(8, '\0');
  for (std::size_t i = 0, left = header.size(); i < 8; ++i, left >>= 8) size[i] = static_cast<char>(left & 255);
  return size + header + numbers;
}

using Idx = Files;
using Csv = Files;
using Safetensors = Files;

const std::string two_by_three{"\0\0\x08\x02\0\0\0\x02\0\0\0\x03\1\2\3\4\5\6", 18};

TEST(Digits, AreAllThereAndInRange) {
  const auto data = gt::digits();

  EXPECT_EQ(data.inputs.shape(), (gt::Shape{1797, 8, 8}));
  EXPECT_EQ(gt::amax(data.inputs).item(), 16);
  const auto counts = gt::sum(gt::one_hot(data.labels, 10), {0});
  EXPECT_THAT(counts, near({178, 182, 177, 183, 181, 182, 181, 179, 174, 180}));
}

TEST(TrainTestSplit, DealsEachExampleOnceAndKeepsTheClasses) {
  const auto data = gt::digits();

  const auto [train, test] = gt::train_test_split(data, {.test_size = 360, .seed = 3});
  const auto [again, other] = gt::train_test_split(data, {.test_size = 360, .seed = 3});

  EXPECT_EQ(train.size(), 1437);
  EXPECT_EQ(test.size(), 360);
  EXPECT_EQ(test.inputs.to_vector<int>(), other.inputs.to_vector<int>());
  for (int c = 0; c < 10; ++c) EXPECT_NEAR(gt::sum(test.labels == c).item(), 36, 1.5);
  const auto total =
      gt::sum(train.inputs.to(gt::DType::int64)).item() + gt::sum(test.inputs.to(gt::DType::int64)).item();
  EXPECT_EQ(total, gt::sum(data.inputs.to(gt::DType::int64)).item());
}

TEST(Batches, ServeEachExampleOnce) {
  const gt::Dataset data{gt::arange(0, 10), gt::arange(100, 110)};
  std::set<int> seen;
  int batches = 0;

  for (const auto& [inputs, labels] : gt::batches(data, {.size = 4, .shuffle = true, .seed = 1})) {
    ++batches;
    const auto x = inputs.to_vector<int>(), y = labels.to_vector<int>();
    for (std::size_t i = 0; i < x.size(); ++i) {
      EXPECT_EQ(y[i], x[i] + 100);
      seen.insert(x[i]);
    }
  }

  EXPECT_EQ(batches, 3);
  EXPECT_EQ(seen.size(), 10u);
  EXPECT_EQ(gt::batches(data, {.size = 4, .drop_last = true}).size(), 2);
  EXPECT_ERROR(ValueError, gt::batches(data, {.size = 0}), "batches: batches of 0 examples cannot be");
  EXPECT_THROW(gt::batches({gt::zeros({0, 2}), gt::zeros({0})}), gt::ValueError);
  EXPECT_ERROR(ValueError, gt::batches(data, {.prefetch = 2}),
               "batches: 2 batches are to be fetched ahead\n  That is for a device: {.device = gt::Device::cuda(), "
               ".prefetch = 2}.");
  for (const auto& [inputs, labels] : gt::batches(data, {.size = 4, .device = gt::Device::cpu(), .prefetch = 1}))
    EXPECT_EQ(inputs.device(), gt::Device::cpu());
  EXPECT_THROW(gt::batches({gt::zeros({3, 2}), gt::zeros({2})}), gt::ShapeError);
}

TEST_F(Idx, IsReadAsItIs) {
  const auto x = gt::read_idx(write("x", two_by_three));

  EXPECT_EQ(x.dtype(), gt::DType::uint8);
  EXPECT_EQ(x.shape(), (gt::Shape{2, 3}));
  EXPECT_THAT(x, near({1, 2, 3, 4, 5, 6}));
}

TEST_F(Idx, RefusesBrokenFiles) {
  const auto cut = write("cut", two_by_three.substr(0, 17)), longer = write("longer", two_by_three + "x"),
             text = write("text", "hello, world"), empty = write("empty", "");
  const auto gzip = write("gzip", std::string("\x1f\x8b\x08\0nonsense", 12));

  EXPECT_ERROR(FileError, gt::read_idx(cut),
               "read_idx: " + cut + " is cut: its header promises [2, 3] of uint8, 6 bytes; 5 came");
  EXPECT_ERROR(FileError, gt::read_idx(longer),
               "read_idx: " + longer + " is too long: its header promises [2, 3] of uint8, 6 bytes; more came");
  EXPECT_ERROR(FileError, gt::read_idx(empty), "read_idx: " + empty + " is cut: 0 bytes hold no header");
  EXPECT_THROW(gt::read_idx(text), gt::FileError);
  EXPECT_THROW(gt::read_idx(gzip), gt::FileError);
  EXPECT_ERROR(FileError, gt::read_idx(path("none")),
               "read_idx: cannot open " + path("none") + ": No such file or directory");
  EXPECT_THROW(
      gt::read_idx(write("vast", std::string("\0\0\x08\x03\x7f\xff\xff\xff\x7f\xff\xff\xff\x7f\xff\xff\xff", 16))),
      gt::FileError);
}

TEST_F(Csv, IsReadWithAndWithoutAHeader) {
  EXPECT_THAT(gt::read_csv(write("a", "1,2\n3,-4.5e1\n")), near({1, 2, 3, -45}));
  EXPECT_THAT(gt::read_csv(write("b", "x;y\r\n1; 2\r\n"), {.header = true, .separator = ';'}), near({1, 2}));
}

TEST_F(Csv, RefusesWhatIsNoTable) {
  const auto ragged = write("ragged", "1,2\n3\n"), word = write("word", "1,2\n3,x\n"), gap = write("gap", "1,\n"),
             empty = write("empty", "\n");

  EXPECT_THAT([&] { gt::read_csv(ragged); }, testing::Throws<gt::FileError>());
  EXPECT_THAT([&] { gt::read_csv(word); },
              testing::ThrowsMessage<gt::FileError>(testing::HasSubstr(word + ", line 2: ")));
  EXPECT_THAT([&] { gt::read_csv(gap); }, testing::Throws<gt::FileError>());
  EXPECT_ERROR(FileError, gt::read_csv(empty), "read_csv: " + empty + " holds no numbers");
}

TEST_F(Safetensors, KeepNamesShapesTypesAndBits) {
  const auto file = path("w.safetensors");
  const auto a = gt::tensor({{1.5f, -2.f}, {0.f, INFINITY}}), b = gt::t(gt::tensor({{1, 2}, {3, 4}})),
             c = gt::scalar(3.0);

  gt::save_safetensors(file, {{"a", a}, {"b \"ü\"", b}, {"c", c}}, {{"made by", "a test"}});
  const auto back = gt::load_safetensors(file);

  ASSERT_EQ(back.size(), 3u);
  EXPECT_EQ(back[1].name, "b \"ü\"");
  EXPECT_THAT(back[0].tensor, near(a, 0));
  EXPECT_THAT(back[1].tensor, near({1, 3, 2, 4}));
  EXPECT_EQ(back[2].tensor.dim(), 0);
  EXPECT_EQ(back[2].tensor.dtype(), gt::float64);
}

TEST_F(Safetensors, RefuseBrokenFilesAndForeignModels) {
  const auto file = path("w.safetensors");
  gt::SoftmaxRegression model(4, 3), other(5, 3);
  gt::save(model, file);
  std::string bytes;
  {
    std::ifstream in(file, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }

  for (std::size_t keep = 0; keep < bytes.size(); ++keep)
    EXPECT_THROW(gt::load_safetensors(write("cut", bytes.substr(0, keep))), gt::FileError) << keep;
  EXPECT_THROW(gt::load_safetensors(write("long", bytes + "x")), gt::FileError);
  EXPECT_THROW(gt::load(other, file), gt::ValueError);
  EXPECT_THAT(other.weight, near(gt::zeros({3, 5})));
  EXPECT_ERROR(FileError, gt::save(model, path("no/such/folder")),
               "save_safetensors: cannot write " + path("no/such/folder") + ": No such file or directory");
  EXPECT_THROW(gt::save_safetensors(path("x"), {{"a", gt::ones({1})}, {"a", gt::ones({1})}}), gt::ValueError);
  EXPECT_FALSE(std::filesystem::exists(path("x")));
}

TEST_F(Safetensors, GoThroughLinksAndIntoPipes) {
  const auto file = path("w.safetensors"), link = path("link"), pipe = path("pipe");
  std::filesystem::create_symlink(file, link);
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);

  gt::save_safetensors(link, {{"a", gt::ones({2})}});
  std::ifstream reader;
  std::thread reading([&] { reader.open(pipe, std::ios::binary); });
  gt::save_safetensors(pipe, {{"a", gt::ones({2})}});
  reading.join();

  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
  EXPECT_EQ(gt::load_safetensors(file).size(), 1u);
  EXPECT_TRUE(reader.get() != EOF);
}

TEST_F(Csv, ReadsWhatSpreadsheetsWrite) {
  EXPECT_THAT(gt::read_csv(write("mark",
                                 "\xEF\xBB\xBF"
                                 "1,2\r\n +3 , 1e-400\r\n")),
              near({1, 2, 3, 0}));
  EXPECT_EQ(gt::read_csv(write("whole", "9007199254740993\n"), {.dtype = gt::int64}).item<std::int64_t>(),
            9007199254740993);
  EXPECT_ERROR(FileError, gt::read_csv(write("signs", "+-5\n")),
               "read_csv: " + path("signs") + ", line 1: column 1 is no number: \"+-5\"");
  EXPECT_ERROR(FileError, gt::read_csv(write("half", "0.5\n"), {.dtype = gt::int64}),
               "read_csv: " + path("half") + ", line 1: column 1 is no whole number: \"0.5\"");
  EXPECT_ERROR(FileError, gt::read_csv(write("tabs", "\t1\n"), {.separator = '\t'}),
               "read_csv: " + path("tabs") + ", line 1: column 1 is empty");
  EXPECT_ERROR(FileError, gt::read_csv(write("end", "1\t\n"), {.separator = '\t'}),
               "read_csv: " + path("end") + ", line 1: column 2 is empty");
}

TEST_F(Csv, ReadsAllMembersOfAGzipFile) {
  const std::string member{
      "\037\213\010\000\000\000\000\000\002\003\063\324\061\342\002\000\063\102\041\125\004\000\000\000", 24};

  EXPECT_THAT(gt::read_csv(write("two", member + member + std::string(3, '\0'))), near({1, 2, 1, 2}));
  EXPECT_THROW(gt::read_csv(write("garbage", member + "garbage")), gt::FileError);
}

TEST_F(Safetensors, RefuseNamesAndSizesThatCannotBe) {
  EXPECT_ERROR(ValueError, gt::save_safetensors(path("names"), {{"\xff", gt::ones({1})}}),
               "save_safetensors: a name is not UTF-8");
  const std::string header = R"({"x":{"dtype":"F32","shape":[0,18446744073709551615],"data_offsets":[0,0]}})";
  EXPECT_ERROR(FileError,
               gt::load_safetensors(
                   write("sizes", std::string(1, static_cast<char>(header.size())) + std::string(7, '\0') + header)),
               "load_safetensors: " + path("sizes") + ": \"x\" has a size of 18446744073709551615");
}

TEST(Batches, OfAnySizeServeWhatIsThere) {
  const gt::Dataset data{gt::ones({5, 2}), gt::arange(0, 5)};

  EXPECT_EQ(gt::batches(data, {.size = INT64_MAX}).size(), 1);
  EXPECT_EQ(gt::batches(data, {.size = INT64_MAX}).batch(0).first.shape(), (gt::Shape{5, 2}));
  EXPECT_EQ(gt::batches(data, {.size = INT64_MAX, .drop_last = true}).size(), 0);
  EXPECT_ERROR(IndexError, gt::batches(data, {.size = 2}).batch(7), "batch: batch 7 of 3");
  EXPECT_ERROR(ValueError, gt::train_test_split(data, {.test_fraction = NAN}),
               "train_test_split: test_fraction is a share between 0 and 1, not nan");
  EXPECT_ERROR(ValueError, gt::confusion_matrix(data.labels, data.labels, -1),
               "confusion_matrix: there must be at least 1 class, not -1");
}

// How often each example was held out, over many seeds.
std::vector<double> held_out(const gt::Tensor& labels, std::int64_t test_size, int seeds = 1000) {
  std::vector<double> times(static_cast<std::size_t>(labels.size(0)));
  const gt::Dataset data{gt::arange(0, static_cast<double>(labels.size(0))), labels};
  for (int seed = 0; seed < seeds; ++seed)
    for (std::int64_t i : gt::train_test_split(data, {.test_size = test_size, .seed = static_cast<std::uint64_t>(seed)})
                              .test.inputs.to_vector<std::int64_t>())
      times[static_cast<std::size_t>(i)] += 1.0 / seeds;
  return times;
}

TEST(TrainTestSplit, HoldsOutEachExampleAsOften) {
  std::vector<double> fractions(20);
  for (std::size_t i = 0; i < 20; ++i) fractions[i] = static_cast<double>(i) / 20;
  const std::vector<gt::Tensor> all{
      gt::arange(0, 20),  // each alone in its class
      gt::tensor({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 4, 5}),  // large and small classes
      gt::tensor({0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9}).to(gt::uint8),
      gt::tensor(fractions, {20}),  // no classes, though all are 0 as integers
      gt::tensor(fractions, {20}) - 0.5,  // 0 and -0.x
      gt::arange(0, 20).to(gt::float32),
  };
  for (const auto& labels : all)
    for (std::int64_t size : {1, 4, 10, 19}) {
      const double share = static_cast<double>(size) / 20, sigma = std::sqrt(share * (1 - share) / 1000);
      for (double times : held_out(labels, size))
        EXPECT_NEAR(times, share, 4.5 * sigma) << gt::to_string(labels) << size;
    }
}

TEST(TrainTestSplit, GivesEachClassItsShareRoundedUpOrDown) {
  const auto labels = gt::tensor({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2});
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const auto test = gt::train_test_split({gt::arange(0, 20), labels}, {.test_size = 5, .seed = seed}).test;
    const auto counts = gt::sum(gt::one_hot(test.labels, 3), {0}).to_vector<double>();

    EXPECT_EQ(test.size(), 5);
    EXPECT_NEAR(counts[0], 2.5, 0.5);  // of 10 · 5 / 20
    EXPECT_NEAR(counts[1], 1.5, 0.5);
    EXPECT_EQ(counts[2], 1);
  }
}

TEST(Batches, WithoutASeedComeInAnotherOrderEachTime) {
  const gt::Dataset data{gt::arange(0, 100), gt::arange(0, 100)};
  auto epoch = [](const gt::Batches& of) {
    std::vector<int> all;
    for (const auto& [inputs, labels] : of)
      for (int i : inputs.to_vector<int>()) all.push_back(i);
    EXPECT_EQ(std::set<int>(all.begin(), all.end()).size(), 100u);
    return all;
  };
  gt::manual_seed(3);
  const auto free = gt::batches(data, {.size = 7, .shuffle = true});
  const auto first = epoch(free), second = epoch(free), third = epoch(gt::batches(data, {.size = 7, .shuffle = true}));
  gt::manual_seed(3);
  const auto again = gt::batches(data, {.size = 7, .shuffle = true});
  const auto seeded = gt::batches(data, {.size = 7, .shuffle = true, .seed = 0});

  EXPECT_NE(first, second);
  EXPECT_NE(second, third);
  EXPECT_EQ(epoch(again), first);  // by the default generator
  EXPECT_EQ(epoch(again), second);
  EXPECT_EQ(epoch(seeded), epoch(seeded));
}

TEST(Batches, OfTwoLoopsAtOnceKeepTheirOrders) {
  const auto free = gt::batches({gt::arange(0, 6), gt::arange(0, 6)}, {.size = 2, .shuffle = true});
  for (const auto& outer : free) {
    std::set<int> seen;
    for (const auto& [inputs, labels] : free)
      for (int i : inputs.to_vector<int>()) seen.insert(i);
    EXPECT_EQ(seen.size(), 6u);
    EXPECT_EQ(outer.first.numel(), 2);
  }
}

TEST_F(Idx, OfEachTypeIsRead) {
  const auto read = [&](char code, const std::string& numbers, char count) {
    return gt::read_idx(write("x", std::string{0, 0, code, 1, 0, 0, 0, count} + numbers));
  };

  EXPECT_THAT(read(0x08, "\x80\x7f", 2), near({128, 127}));
  EXPECT_THAT(read(0x09, "\x80\x7f\xff", 3), near({-128, 127, -1}));
  EXPECT_EQ(read(0x09, "\x80", 1).dtype(), gt::DType::int8);
  EXPECT_THAT(read(0x0B, std::string("\x80\0\x7f\xff\xff\xfe", 6), 3), near({-32768, 32767, -2}));
  EXPECT_EQ(read(0x0B, std::string("\0\1", 2), 1).dtype(), gt::DType::int16);
  EXPECT_THAT(read(0x0C, std::string("\x80\0\0\0\0\0\0\1", 8), 2), near({-2147483648.0, 1}));
  EXPECT_THAT(read(0x0D, std::string("\xbf\x80\0\0", 4), 1), near({-1}));
  EXPECT_THAT(read(0x0E, std::string("\x40\0\0\0\0\0\0\1", 8), 1), near({2 + 0x1p-51}, 0));
}

TEST_F(Idx, ThatUnpacksToMoreThanItPromisesCostsNoMemory) {
  const std::string zeros = times(192, packed(std::string(1 << 24, '\0')));  // 3 GB in 3 MB
  const auto longer = write("longer.gz", packed(two_by_three) + zeros);
  const auto vast = write("vast.gz", packed(std::string("\0\0\x08\x02\x7f\xff\xff\xff\x7f\xff\xff\xff", 12)) +
                                         times(8, packed(std::string(1 << 24, '\0'))));
  const long before = peak_megabytes();

  EXPECT_ERROR(FileError, gt::read_idx(longer),
               "read_idx: " + longer + " is too long: its header promises [2, 3] of uint8, 6 bytes; more came");
  EXPECT_ERROR(FileError, gt::read_idx(vast),
               "read_idx: " + vast +
                   " is cut: its header promises [2147483647, 2147483647] of uint8, "
                   "4611686014132420609 bytes; 134217728 came");
  EXPECT_LT(peak_megabytes() - before, 100);
}

TEST_F(Csv, ThatUnpacksToOneEndlessCellCostsNoMemory) {
  const auto file = write("zeros.gz", times(192, packed(std::string(1 << 24, '0'))));
  const long before = peak_megabytes();

  EXPECT_ERROR(FileError, gt::read_csv(file),
               "read_csv: " + file + ", line 1: column 1 is longer than 4096 characters");
  EXPECT_LT(peak_megabytes() - before, 100);
}

TEST_F(Csv, IsReadBehindFourGigabytesOfAGzipFile) {
  const std::string member = packed("1,2\n");
  const auto file = write("padded.gz", member);
  std::filesystem::resize_file(file,
                               (std::uint64_t(1) << 32) + 5);  // zeros between members, which take no place on a disk
  std::ofstream(file, std::ios::binary | std::ios::app) << member;

  EXPECT_THAT(gt::read_csv(file), near({1, 2, 1, 2}));
}

TEST_F(Csv, RefusesWhatTheTypeCannotHold) {
  const auto refused = [&](const std::string& number, gt::DType dtype, const std::string& why) {
    EXPECT_ERROR(FileError, gt::read_csv(write("x", "1,1\n0," + number + "\n"), {.dtype = dtype}),
                 "read_csv: " + path("x") + ", line 2: column 2 " + why + ": \"" + number + "\"");
  };
  refused("1e39", gt::float32, "does not fit into float32");
  refused("-1e309", gt::float64, "does not fit into float64");
  refused("1.5e400", gt::float32, "does not fit into float32");
  refused("1000000000000000000000000000000000000000", gt::float32, "does not fit into float32");
  refused("1e99999999999999999999", gt::float64, "does not fit into float64");
  refused("65520", gt::float16, "does not fit into float16");
  refused("3.4e38", gt::bfloat16, "does not fit into bfloat16");
  refused("3000000000", gt::int32, "does not fit into int32");
  refused("9223372036854775808", gt::int64, "does not fit into int64");
  refused("300", gt::uint8, "does not fit into uint8");
  refused("-1", gt::uint8, "does not fit into uint8");
  refused("2", gt::boolean, "does not fit into bool");
  refused("2.7", gt::uint8, "is no whole number");
  refused("2.7", gt::int32, "is no whole number");
  refused("0.5", gt::boolean, "is no whole number");
}

TEST_F(Csv, TakesTheEndsOfEachType) {
  const auto ends = [&](const std::string& text, gt::DType dtype) {
    return gt::read_csv(write("x", text), {.dtype = dtype});
  };

  EXPECT_THAT(ends("0,255", gt::uint8), near({0, 255}));
  EXPECT_THAT(ends("-2147483648,+2147483647", gt::int32), near({-2147483648.0, 2147483647}, 0));
  EXPECT_EQ(ends("-9223372036854775808,9223372036854775807", gt::int64).to_vector<std::int64_t>(),
            (std::vector<std::int64_t>{INT64_MIN, INT64_MAX}));
  EXPECT_EQ(ends("0,1", gt::boolean).dtype(), gt::boolean);
  EXPECT_THAT(ends("65519.99,-65504", gt::float16), near({65504, -65504}, 0));
  EXPECT_THAT(ends("inf,-inf,nan,NaN,1e-50,1e-9999999999999999999999", gt::float32),
              near({INFINITY, -INFINITY, NAN, NAN, 0, 0}, 0));
  EXPECT_THAT(ends("inf,-inf,nan,1e-50,0e500,-0", gt::float16), near({INFINITY, -INFINITY, NAN, 0, 0, 0}, 0));
}

TEST_F(Csv, RoundsOnceToTheTypeThatIsWanted) {
  const auto read = [&](const std::string& text, gt::DType dtype) {
    return gt::read_csv(write("x", text), {.dtype = dtype}).to_vector<double>();
  };

  // Just above the middle of 1 and the next float, and by way of double on it: then to the even one, 1.
  EXPECT_EQ(read("1.000000059604644775390625000001", gt::float32), std::vector{1 + 0x1p-23});
  EXPECT_EQ(read("1.000000059604644775390625,1.00000005960464477539062499999", gt::float32), (std::vector{1.0, 1.0}));
  // The same for 1 and the next float16, 1 + 2^-10, and for 1 and the next bfloat16, 1 + 2^-7.
  EXPECT_EQ(read("1.00048828125000000000000001,1.00048828125,1.00048828124999999999", gt::float16),
            (std::vector{1 + 0x1p-10, 1.0, 1.0}));
  EXPECT_EQ(read("1.00390625000000000000000001,-1.00390625,1.0039062499999999999", gt::bfloat16),
            (std::vector{1 + 0x1p-7, -1.0, 1.0}));
  EXPECT_EQ(read("2.98023223876953125e-8,2.98023223876953126e-8,0.5e1,+12.50,0.00390625", gt::float16),
            (std::vector<double>{0, 0x1p-24, 5, 12.5, 0x1p-8}));
}

TEST_F(Csv, IsReadTheSameInEachLocale) {
  const char* const wanted[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "fr_FR"};
  const bool found =
      std::any_of(std::begin(wanted), std::end(wanted), [](const char* name) { return std::setlocale(LC_ALL, name); });
  const auto numbers = gt::read_csv(write("x", "1.5,1.5e-400\n")).to_vector<double>();
  std::setlocale(LC_ALL, "C");

  if (!found) GTEST_SKIP() << "no locale with a decimal comma";
  EXPECT_EQ(numbers, (std::vector{1.5, 0.0}));
}

TEST_F(Safetensors, WithoutElementsLieBesideOthers) {
  const auto file = path("w.safetensors");
  const gt::NamedTensors all{
      {"a", gt::ones({2})}, {"none", gt::zeros({0, 4})}, {"b", gt::ones({3})}, {"last", gt::zeros({5, 0})}};

  gt::save_safetensors(file, all);
  const auto back = gt::load_safetensors(file);

  ASSERT_EQ(back.size(), 4u);
  std::set<std::string> names;
  for (const auto& [name, tensor] : back) {
    names.insert(name);
    for (const auto& [other, saved] : all)
      if (other == name) EXPECT_EQ(tensor.shape(), saved.shape()) << name;
  }
  EXPECT_EQ(names.size(), 4u);
}

TEST_F(Safetensors, RefuseHolesAndHeadersOfAnotherForm) {
  const auto refused = [&](const std::string& header, const std::string& numbers, const std::string& why) {
    EXPECT_ERROR(FileError, gt::load_safetensors(write("x", with_header(header, numbers))),
                 "load_safetensors: " + path("x") + ": " + why);
  };
  const std::string four(4, '\0');
  refused(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})", four, "bytes 0 to 1 belong to no tensor");
  refused(
      R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}})",
      four, "bytes 1 to 3 belong to no tensor");
  refused(R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}})", four,
          "1 bytes lie behind the numbers that are described");
  refused(
      R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[0],"data_offsets":[2,2]}})",
      four, "\"b\" lies over another tensor");
  refused(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}})", four, "\"a\" lies over another tensor");
  refused(R"({"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]}})", four,
          "\"a\" lies at bytes 0 to 5 of 4: the file is cut");
  refused(R"({"a":{"dtype":"U8","shape":[[4]],"data_offsets":[0,4]}})", four,
          "\"a\" lacks dtype, shape or data_offsets");
  refused(R"({"a":{"dtype":"U8","shape":{"b":4},"data_offsets":[0,4]}})", four,
          "\"a\" lacks dtype, shape or data_offsets");
  refused(R"({"a":{"dtype":"U8","shape":[-4],"data_offsets":[0,4]}})", four,
          "\"a\" lacks dtype, shape or data_offsets");
  refused(R"({"a":{"dtype":"U8","shape":[4]}})", four, "\"a\" lacks dtype, shape or data_offsets");
  refused(R"({"a":{"dtype":"U8","dtype":"U8","shape":[4],"data_offsets":[0,4]}})", four, "\"a\" has two of dtype");
  refused(R"({"a":1})", four, "\"a\" lacks dtype, shape or data_offsets");
  refused(R"({"__metadata__":{"epochs":3}})", "", "__metadata__ holds what is no text");
  refused(
      R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[0],"data_offsets":[4,4]}})",
      four, "a name appears twice");
  refused(R"( {})", "", "the header is no JSON object");
  refused(R"({"a")", "", "the header is no JSON object");
}

TEST_F(Safetensors, WithAHeaderOfBracketsCostNoMemory) {
  const std::string brackets(57'000'000, '[');
  const auto bare = write("bare", with_header(brackets)),
             inside = write("inside", with_header(R"({"a":{"b":)" + brackets));
  const auto longer = write("longer", with_header(R"({"a":)" + std::string(100'000'000, ' ') + "1}"));
  const long before = peak_megabytes();

  EXPECT_ERROR(FileError, gt::load_safetensors(bare), "load_safetensors: " + bare + ": the header is no JSON object");
  EXPECT_ERROR(FileError, gt::load_safetensors(inside),
               "load_safetensors: " + inside + ": the header is nested deeper than 8");
  EXPECT_ERROR(FileError, gt::load_safetensors(longer),
               "load_safetensors: " + longer + ": a header has at most 100000000 bytes, not 100000007");
  EXPECT_LT(peak_megabytes() - before, 100);
}

TEST_F(Safetensors, AreReadableByWhomTheUmaskLets) {
  const auto mode_of = [](const std::string& file) {
    struct stat found;
    return stat(file.c_str(), &found) == 0 ? found.st_mode & 07777u : 0;
  };
  const auto saved_under = [&](const std::string& file, mode_t mask) {
    const mode_t before = umask(mask);
    gt::save_safetensors(file, {{"a", gt::ones({2})}});
    umask(before);
    return mode_of(file);
  };

  EXPECT_EQ(saved_under(path("own"), 077), 0600u);
  EXPECT_EQ(saved_under(path("group"), 002), 0664u);
  EXPECT_EQ(saved_under(path("usual"), 022), 0644u);
  EXPECT_EQ(saved_under(path("own"), 022), 0600u) << "an old file keeps its mode";
}

TEST_F(Safetensors, OfAProcessThatDiedWhileItSavedAreRemovedAtTheNextSave) {
  const auto files = [&] {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path(""))) names.insert(entry.path().filename());
    return names;
  };
  const auto numbers = gt::ones({1 << 16});
  const pid_t child = fork();
  if (child == 0) {
    const rlimit none{0, 0}, little{4096, 4096};
    setrlimit(RLIMIT_CORE, &none);
    setrlimit(RLIMIT_FSIZE, &little);
    signal(SIGXFSZ, SIG_DFL);  // kills at byte 4096
    gt::save_safetensors(path("w"), {{"a", numbers}});
    _exit(0);
  }
  int state = 0;
  waitpid(child, &state, 0);
  ASSERT_TRUE(WIFSIGNALED(state));
  ASSERT_EQ(files().size(), 1u) << "what it wrote halfway";
  const auto living = path(".gradtape-0123456789abcdef");
  const int held = open(living.c_str(), O_RDWR | O_CREAT, 0600);
  ASSERT_EQ(flock(held, LOCK_EX), 0);

  gt::save_safetensors(path("other"), {{"a", numbers}});

  EXPECT_EQ(files(), (std::set<std::string>{"other", ".gradtape-0123456789abcdef"})) << "what is being written stays";
  close(held);
  gt::save_safetensors(path("other"), {{"a", numbers}});
  EXPECT_EQ(files(), std::set<std::string>{"other"});
}

}  // namespace
