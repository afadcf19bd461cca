# libredraw_cuda.so: own CUDA kernels (src/cuda), made where the CUDA toolkit 12.8 or newer and libtorch's CUDA side are.
# Without it redraw builds and runs the same, on ATen's kernels.
set(REDRAW_CUDA AUTO CACHE STRING "build the CUDA plugin: AUTO (where the toolkit is), ON, OFF")
set(REDRAW_CUDA_ARCHITECTURES "75-real;80-real;86-real;89-real;90a-real;100-real;120-real;75-virtual" CACHE STRING
    "GPUs that the plugin holds code for; others translate the virtual one when they load it")

macro(no_cuda_plugin why)
  if(REDRAW_CUDA STREQUAL "ON")
    message(FATAL_ERROR "REDRAW_CUDA is ON: ${why}")
  endif()
  message(STATUS "CUDA plugin: not built: ${why}")
  return()
endmacro()

if(REDRAW_CUDA STREQUAL "OFF")
  no_cuda_plugin("REDRAW_CUDA is OFF")
endif()
foreach(name c10_cuda torch_cuda)
  if(NOT EXISTS ${REDRAW_TORCH_LIB}/lib${name}.so)
    no_cuda_plugin("libtorch in ${REDRAW_TORCH_LIB} has no lib${name}.so")
  endif()
endforeach()
if(NOT CMAKE_CUDA_COMPILER AND NOT DEFINED ENV{CUDACXX} AND EXISTS /usr/local/cuda/bin/nvcc)
  set(CMAKE_CUDA_COMPILER /usr/local/cuda/bin/nvcc)  # often not in the path
endif()
set(CMAKE_CUDA_ARCHITECTURES 80)  # CMake's own test must name a GPU that this toolkit knows
if(NOT CMAKE_CUDA_COMPILER)
  include(CheckLanguage)
  check_language(CUDA)
endif()
if(NOT CMAKE_CUDA_COMPILER)
  no_cuda_plugin("there is no CUDA toolkit (nvcc)")
endif()
enable_language(CUDA)  # not inside a function
if(CMAKE_CUDA_COMPILER_VERSION VERSION_LESS 12.8)
  no_cuda_plugin("the CUDA toolkit ${CMAKE_CUDA_COMPILER_VERSION} is older than 12.8")
endif()
find_package(CUDAToolkit REQUIRED)

add_library(redraw_cuda SHARED ${CMAKE_SOURCE_DIR}/src/cuda/plugin.cpp ${CMAKE_SOURCE_DIR}/src/cuda/fused.cpp
            ${CMAKE_SOURCE_DIR}/src/cuda/upload.cpp ${CMAKE_SOURCE_DIR}/src/cuda/kernels.cu)
target_include_directories(redraw_cuda PRIVATE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/include)
target_include_directories(redraw_cuda SYSTEM PRIVATE ${CUDAToolkit_INCLUDE_DIRS}
  $<$<COMPILE_LANGUAGE:CXX>:${LIBTORCH}/include> $<$<COMPILE_LANGUAGE:CXX>:${LIBTORCH}/include/torch/csrc/api/include>)
target_compile_definitions(redraw_cuda PRIVATE $<$<COMPILE_LANGUAGE:CXX>:_GLIBCXX_USE_CXX11_ABI=1>)
target_link_libraries(redraw_cuda PRIVATE ${REDRAW_TORCH_LIB}/libtorch_cuda.so ${REDRAW_TORCH_LIB}/libc10_cuda.so
                      ${REDRAW_TORCH_LIB}/libtorch_cpu.so ${REDRAW_TORCH_LIB}/libc10.so CUDA::cudart)
target_link_options(redraw_cuda PRIVATE ${REDRAW_TORCH_LINK_OPTIONS})
# Where the process has loaded libtorch already, the loader takes that one by name; the path is for none other.
set_target_properties(redraw_cuda PROPERTIES CUDA_ARCHITECTURES "${REDRAW_CUDA_ARCHITECTURES}" CUDA_RUNTIME_LIBRARY Shared CUDA_STANDARD 17
  CXX_VISIBILITY_PRESET hidden CUDA_VISIBILITY_PRESET hidden BUILD_RPATH "${REDRAW_TORCH_LIB}")
message(STATUS "CUDA plugin: built with nvcc ${CMAKE_CUDA_COMPILER_VERSION}")
