#include "registry/remote/key.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstring>

#include "registry/base/fd_stream.h"
#include "registry/base/fs_at.h"
#include "registry/remote/cosign_key.h"
#include "registry/remote/text_file.h"

namespace mbuild::remote {

namespace {

using KeyPointer = std::shared_ptr<EVP_PKEY>;

struct Deleter {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
template <class T>
using Owned = std::unique_ptr<T, Deleter>;

Result<std::string> read_key_file(const std::string& path) {
  auto text = MBUILD_TRY(read_text_file(path));
  if (!text) return fail(ErrorKind::invalid_input, "key " + path + ": no such file");
  return std::move(*text);
}

Owned<BIO> memory(std::string_view text) {
  return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Without a callback, OpenSSL would ask at the terminal.
int give_password(char* buffer, int size, int, void* user) {
  const auto& password = *static_cast<const std::string*>(user);
  if (password.empty() || password.size() > static_cast<std::size_t>(size)) return -1;
  std::memcpy(buffer, password.data(), password.size());
  return static_cast<int>(password.size());
}

KeyPointer share(EVP_PKEY* key) {
  return key ? KeyPointer(key, EVP_PKEY_free) : nullptr;
}

// Ed25519 hashes by itself.
const EVP_MD* digest_for(EVP_PKEY* key) {
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256();
}

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string_view text_in(BIO* bio) {
  char* data = nullptr;
  long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

Result<void> write_new_file(const std::string& path, std::string_view text, mode_t mode) {
  auto file = fs_at::open_trusted(path, O_WRONLY | O_CREAT | O_EXCL, mode);
  if (!file) return fail(ErrorKind::invalid_input, file.error().message());
  return FdSink(file->get(), path).write(bytes_of(text));
}

}  // namespace

Result<PublicKey> PublicKey::load(const std::string& path) {
  std::string text = MBUILD_TRY(read_key_file(path));
  KeyPointer key = share(PEM_read_bio_PUBKEY(memory(text).get(), nullptr, nullptr, nullptr));
  if (!key) {
    Owned<X509> certificate(PEM_read_bio_X509(memory(text).get(), nullptr, nullptr, nullptr));
    if (certificate) key = share(X509_get_pubkey(certificate.get()));
  }
  ERR_clear_error();
  if (!key) return fail(ErrorKind::invalid_input, "key " + path + ": no public key in PEM form");
  return PublicKey(std::move(key));
}

bool PublicKey::verify(std::string_view data, std::string_view signature) const {
  Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  bool good =
      EVP_DigestVerifyInit(context.get(), nullptr, digest_for(key_.get()), nullptr, key_.get()) == 1 &&
      EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(data), data.size()) == 1;
  ERR_clear_error();
  return good;
}

Result<PrivateKey> PrivateKey::load(const std::string& path, const std::string& password) {
  std::string text = MBUILD_TRY(read_key_file(path));
  KeyPointer key;
  if (is_cosign_key(text)) {
    std::string der = MBUILD_TRY_AS("key " + path, decrypt_cosign_key(text, password));
    const unsigned char* begin = bytes(der);
    key = share(d2i_AutoPrivateKey(nullptr, &begin, static_cast<long>(der.size())));
    OPENSSL_cleanse(der.data(), der.size());
  } else {
    key = share(PEM_read_bio_PrivateKey(memory(text).get(), nullptr, give_password,
                                        const_cast<std::string*>(&password)));
  }
  OPENSSL_cleanse(text.data(), text.size());
  ERR_clear_error();
  if (!key)
    return fail(ErrorKind::invalid_input,
                "key " + path + ": no private key in PEM form, or a wrong password");
  return PrivateKey(std::move(key));
}

Result<std::string> PrivateKey::sign(std::string_view data) const {
  Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  std::size_t size = 0;
  std::string signature;
  bool good = EVP_DigestSignInit(context.get(), nullptr, digest_for(key_.get()), nullptr, key_.get()) == 1 &&
              EVP_DigestSign(context.get(), nullptr, &size, bytes(data), data.size()) == 1;
  signature.resize(size);
  good = good && EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                                bytes(data), data.size()) == 1;
  ERR_clear_error();
  if (!good) return fail(ErrorKind::unsupported, "the key cannot sign");
  signature.resize(size);
  return signature;
}

Result<void> generate_key_pair(const std::string& prefix, const std::string& password) {
  KeyPointer key = share(EVP_EC_gen("P-256"));
  Owned<BIO> secret(BIO_new(BIO_s_mem())), known(BIO_new(BIO_s_mem()));
  const EVP_CIPHER* cipher = password.empty() ? nullptr : EVP_aes_256_cbc();
  bool made = key &&
              PEM_write_bio_PKCS8PrivateKey(secret.get(), key.get(), cipher, password.data(),
                                            static_cast<int>(password.size()), nullptr, nullptr) == 1 &&
              PEM_write_bio_PUBKEY(known.get(), key.get()) == 1;
  ERR_clear_error();
  if (!made) return fail(ErrorKind::internal, "OpenSSL makes no key");
  Result<void> written = write_new_file(prefix + ".key", text_in(secret.get()), 0600);
  std::string_view pem = text_in(secret.get());
  OPENSSL_cleanse(const_cast<char*>(pem.data()), pem.size());
  MBUILD_CHECK_AS("key pair", written);
  MBUILD_CHECK_AS("key pair", write_new_file(prefix + ".pub", text_in(known.get()), 0644));
  return {};
}

}  // namespace mbuild::remote
