// Files: whole reads, writes that are whole or not at all, SHA-256.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>
#include <cstdint>

namespace redraw {

/// Errors: kFile, naming the path and the system's reason.
std::string read_file(const std::filesystem::path& path);

/// Temporary file beside the target, fsync, rename: a reader sees the old file or the new one.
/// Errors: kFile; nothing is left behind.
void write_file_atomically(const std::filesystem::path& path, std::span<const std::uint8_t> bytes);

/// 64 lower-case hex digits; of a file from byte `start` on. Errors: kFile.
std::string sha256_of_file(const std::filesystem::path& path, std::uint64_t start = 0);
std::string sha256_of_bytes(std::span<const std::uint8_t> bytes);

/// Folder of the running executable.
std::filesystem::path executable_folder();

}  // namespace redraw
