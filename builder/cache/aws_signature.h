// AWS Signature Version 4 (docs.aws.amazon.com: "Create a signed AWS API request").
#pragma once

#include <ctime>
#include <string>

#include "registry/remote/transport.h"

namespace mbuild::builder {

struct AwsCredentials {
  std::string access_key;
  std::string secret_key;
  std::string session_token;  // may be empty
};

// Adds X-Amz-Date, X-Amz-Content-Sha256, X-Amz-Security-Token and Authorization for S3. `payload_hash` is the
// SHA-256 of the body in hex. The path of the URL is as it goes on the wire, each part encoded once. Headers
// that are there already are signed.
void sign_aws_request(remote::Request& request, const AwsCredentials& credentials, const std::string& region,
                      const std::string& payload_hash, std::time_t now);

}  // namespace mbuild::builder
