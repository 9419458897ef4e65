// Headers: an HTTP message's header fields, in order, repeated names kept, names compared without case
// (RFC 9110 5.1).
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mbuild::remote {

class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}

  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  void set(std::string_view name, std::string value);  // replaces every field of that name
  void erase(std::string_view name);

  std::optional<std::string_view> get(std::string_view name) const;  // the first one
  std::vector<std::string_view> all(std::string_view name) const;
  bool contains(std::string_view name) const { return get(name).has_value(); }

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// ASCII only, as header names, schemes and hosts are.
bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace mbuild::remote
