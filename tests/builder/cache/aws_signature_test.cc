#include "builder/cache/aws_signature.h"

#include <gtest/gtest.h>

#include "registry/oci/digest.h"
#include "tests/support/result_matchers.h"

namespace mbuild::builder {
namespace {

using test::must;

// The example "GET Object" of AWS ("Signature Calculations for the Authorization Header").
TEST(AwsSignature, TheExampleOfTheManual) {
  remote::Request request;
  request.url = must(remote::Url::parse("https://examplebucket.s3.amazonaws.com/test.txt"));
  request.headers.set("Range", "bytes=0-9");
  const AwsCredentials credentials{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
  sign_aws_request(request, credentials, "us-east-1", oci::Digest::of("").hex(), 1369353600);
  EXPECT_EQ(request.headers.get("Authorization"),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  EXPECT_EQ(request.headers.get("X-Amz-Date"), "20130524T000000Z");
}

// The example "GET Bucket Lifecycle": a parameter without a value.
TEST(AwsSignature, AParameterWithoutValue) {
  remote::Request request;
  request.url = must(remote::Url::parse("https://examplebucket.s3.amazonaws.com/?lifecycle"));
  const AwsCredentials credentials{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
  sign_aws_request(request, credentials, "us-east-1", oci::Digest::of("").hex(), 1369353600);
  EXPECT_NE(request.headers.get("Authorization")
                ->find("Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
            std::string_view::npos);
}

}  // namespace
}  // namespace mbuild::builder
