// Device and number format by name; the CUDA side of libtorch is loaded at run time.
#include "nn/device.h"

#include <ATen/ATen.h>
#include <ATen/SDPBackend.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <dlfcn.h>

#include <cpuid.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "nn/cuda_plugin.h"

namespace redraw {
namespace {

struct DtypeRow {
  std::string_view name;
  std::optional<at::ScalarType> dtype;
};
constexpr DtypeRow kDtypes[] = {
    {"auto", std::nullopt}, {"f32", at::kFloat}, {"f16", at::kHalf}, {"bf16", at::kBFloat16}};

Error no_cuda(const std::string& why, const std::string& fix) {
  return Error(ErrorKind::kDevice, "no CUDA device", "device", why, fix);
}

/// Empty: the driver answers and has a device. Otherwise why not.
std::string driver_problem() {
  void* driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (driver == nullptr) return "this machine has no NVIDIA driver (libcuda.so.1)";
  using Init = int (*)(unsigned);
  using Count = int (*)(int*);
  const auto init = reinterpret_cast<Init>(dlsym(driver, "cuInit"));
  const auto count = reinterpret_cast<Count>(dlsym(driver, "cuDeviceGetCount"));
  int devices = 0;
  if (init == nullptr || count == nullptr || init(0) != 0) return "the NVIDIA driver does not start";
  if (count(&devices) != 0 || devices == 0) return "the NVIDIA driver finds no device";
  return "";
}

/// libtorch_cuda registers itself when loaded; RTLD_GLOBAL because its parts look each other up.
void load_cuda_libraries() {
  if (dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) == nullptr)
    throw no_cuda(std::string("libtorch's CUDA side does not load: ") + dlerror(), "scripts/setup.sh --cuda");
  load_cuda_plugin();
}

/// One of the driver's attributes of a device; 0: it does not say.
int driver_attribute(int index, int attribute) {
  void* driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  using Get = int (*)(int*, int);
  using Attribute = int (*)(int*, int, int);
  const auto get = driver == nullptr ? nullptr : reinterpret_cast<Get>(dlsym(driver, "cuDeviceGet"));
  const auto of = driver == nullptr ? nullptr : reinterpret_cast<Attribute>(dlsym(driver, "cuDeviceGetAttribute"));
  int device = 0, value = 0;
  return get != nullptr && of != nullptr && get(&device, index) == 0 && of(&value, attribute, device) == 0 ? value : 0;
}

void order_attention(int index) {
  constexpr int kCapabilityMajor = 75;  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR
  at::globalContext().setSDPPriorityOrder(attention_order(driver_attribute(index, kCapabilityMajor)));
}

at::Device cuda_device(int index) {
  load_cuda_libraries();
  // f32 means f32: TF32 rounds convolutions to 10 bits.
  at::globalContext().setAllowTF32CuDNN(false);
  at::globalContext().setAllowTF32CuBLAS(false);
  const int count = static_cast<int>(at::detail::getCUDAHooks().deviceCount());
  if (index >= count)
    throw no_cuda("cuda:" + std::to_string(index) + " was asked for and there are " + std::to_string(count),
                  "--device cuda:0");
  order_attention(index);
  return {at::kCUDA, static_cast<at::DeviceIndex>(index)};
}

std::optional<int> cuda_index(const std::string& name) {
  if (name == "cuda") return 0;
  if (!name.starts_with("cuda:")) return std::nullopt;
  const auto index = parse_integer(name.substr(5));
  return index && *index >= 0 && *index < 128 ? std::optional<int>(static_cast<int>(*index)) : std::nullopt;
}

at::Device device_by_name(const std::string& name) {
  if (name == "cpu") return at::kCPU;
  const std::string problem = driver_problem();
  if (name == "auto") return problem.empty() ? cuda_device(0) : at::Device(at::kCPU);
  const auto index = cuda_index(name);
  if (!index)
    throw Error(ErrorKind::kRequest, "unknown device \"" + name + "\"", "device", "devices are auto, cpu, cuda, cuda:N",
                "--device auto");
  if (!problem.empty()) throw no_cuda(problem, "--device cpu, or run on a machine with an NVIDIA GPU");
  return cuda_device(*index);
}

bool multiplies_bf16() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a & (1U << 5)) != 0) return true;  // AVX512-BF16
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d & (1U << 22)) != 0;           // AMX-BF16
}

std::optional<at::ScalarType> dtype_by_name(const std::string& dtype) {
  for (const DtypeRow& row : kDtypes)
    if (row.name == dtype) return row.dtype;
  throw Error(ErrorKind::kRequest, "unknown dtype \"" + dtype + "\"", "dtype", "formats are auto, f32, f16, bf16",
              "--dtype auto");
}

}  // namespace

DeviceChoice choose_device(const std::string& name, const std::string& dtype, const std::string& vae_dtype) {
  const auto of_unet = dtype_by_name(dtype), of_vae = dtype_by_name(vae_dtype);
  return {device_by_name(name), of_unet, of_vae};
}

std::string name_of(at::ScalarType dtype) {
  for (const DtypeRow& row : kDtypes)
    if (row.dtype == dtype) return std::string(row.name);
  return c10::toString(dtype);
}

std::string name_of(const at::Device& device) {
  if (!device.is_cuda()) return "";
  void* driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  using Get = int (*)(int*, int);
  using Name = int (*)(char*, int, int);
  const auto get = driver == nullptr ? nullptr : reinterpret_cast<Get>(dlsym(driver, "cuDeviceGet"));
  const auto name = driver == nullptr ? nullptr : reinterpret_cast<Name>(dlsym(driver, "cuDeviceGetName"));
  std::array<char, 256> text{};
  int handle = 0;
  if (get == nullptr || name == nullptr || get(&handle, device.index()) != 0) return "";
  return name(text.data(), static_cast<int>(text.size()) - 1, handle) == 0 ? text.data() : "";
}

at::ScalarType auto_dtype(const at::Device& device, std::int64_t unet_parameters) {
  constexpr std::int64_t kLarge = 100'000'000;
  if (device.is_cuda()) return at::kHalf;
  return multiplies_bf16() && unet_parameters >= kLarge ? at::kBFloat16 : at::kFloat;
}

std::vector<std::int64_t> attention_order(int capability_major) {
  using at::SDPBackend;
  std::vector<SDPBackend> order = {SDPBackend::flash_attention, SDPBackend::efficient_attention, SDPBackend::math,
                                   SDPBackend::cudnn_attention};
  if (capability_major == 9 || capability_major == 10) std::rotate(order.begin(), order.end() - 1, order.end());
  order.push_back(SDPBackend::overrideable);  // of other devices; libtorch wants all of them named
  std::vector<std::int64_t> numbers;
  for (const SDPBackend backend : order) numbers.push_back(static_cast<std::int64_t>(backend));
  return numbers;
}

Error translate(const std::exception& error) {
  std::string text = error.what();
  text = text.substr(0, text.find("\nException raised from"));
  const auto says = [&](const char* words) { return text.find(words) != std::string::npos; };
  // What CUDA and the CPU say.
  const bool out_of_memory = says("out of memory") || says("not enough memory") || says("can't allocate memory");
  if (out_of_memory || dynamic_cast<const std::bad_alloc*>(&error) != nullptr)
    return Error(ErrorKind::kDevice, "out of memory", "device", text, "--batch 1, a smaller --size, or --dtype bf16");
  return Error(ErrorKind::kInternal, "libtorch failed", "", text, "please report this with the command that you ran");
}

}  // namespace redraw
