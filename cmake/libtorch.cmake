# libtorch as our own imported targets: find_package(Torch) of a CUDA wheel demands a CUDA toolkit.
# LIBTORCH (or Torch_DIR of a user's own libtorch) names a folder that holds include/ and lib/.
set(LIBTORCH "" CACHE PATH "folder with libtorch's include/ and lib/")
if(NOT LIBTORCH AND DEFINED ENV{LIBTORCH})
  set(LIBTORCH $ENV{LIBTORCH})
endif()
if(NOT LIBTORCH AND Torch_DIR)  # .../share/cmake/Torch
  get_filename_component(LIBTORCH "${Torch_DIR}/../../.." ABSOLUTE)
endif()
if(NOT LIBTORCH)
  set(LIBTORCH ${CMAKE_SOURCE_DIR}/.deps/libtorch/torch)
endif()
if(NOT EXISTS ${LIBTORCH}/include/ATen/ATen.h)
  message(FATAL_ERROR "no libtorch in '${LIBTORCH}': run scripts/setup.sh, or give -DLIBTORCH=/path/to/libtorch")
endif()

set(REDRAW_TORCH_LIB ${LIBTORCH}/lib)
# libtorch_cpu of a CUDA wheel names libraries that a CPU-only host does not have to link against.
set(REDRAW_TORCH_LINK_OPTIONS -Wl,--unresolved-symbols=ignore-in-shared-libs)

add_library(redraw_libtorch INTERFACE)
target_include_directories(redraw_libtorch SYSTEM INTERFACE
  ${LIBTORCH}/include ${LIBTORCH}/include/torch/csrc/api/include)
# libtorch's include folder brings its own, newer fmt: used header-only beside it, so that nothing links to it.
target_compile_definitions(redraw_libtorch INTERFACE _GLIBCXX_USE_CXX11_ABI=1 FMT_HEADER_ONLY)
target_link_libraries(redraw_libtorch INTERFACE ${REDRAW_TORCH_LIB}/libtorch_cpu.so ${REDRAW_TORCH_LIB}/libc10.so)
# The OpenMP that libtorch itself uses: a second one would have threads of its own.
file(GLOB REDRAW_TORCH_OPENMP ${REDRAW_TORCH_LIB}/libgomp*.so*)
if(REDRAW_TORCH_OPENMP)
  list(GET REDRAW_TORCH_OPENMP 0 REDRAW_TORCH_OPENMP)
else()
  set(REDRAW_TORCH_OPENMP gomp)
endif()
target_link_libraries(redraw_libtorch INTERFACE ${REDRAW_TORCH_OPENMP})
target_link_options(redraw_libtorch INTERFACE ${REDRAW_TORCH_LINK_OPTIONS})

# One precompiled ATen header for all: 41 s once, then 3 s a file instead of 11 s.
file(WRITE ${CMAKE_BINARY_DIR}/aten_pch.cpp "// holder of the precompiled header\n")
add_library(redraw_aten_pch STATIC ${CMAKE_BINARY_DIR}/aten_pch.cpp)
target_link_libraries(redraw_aten_pch PUBLIC redraw_libtorch)
target_precompile_headers(redraw_aten_pch PRIVATE <ATen/ATen.h>)
set_target_properties(redraw_aten_pch PROPERTIES COMPILE_DEFINITIONS "")
function(use_aten_pch target)
  target_precompile_headers(${target} REUSE_FROM redraw_aten_pch)
endfunction()
