#include "chatserver/mesh_options.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace parley::chat {
namespace {

const std::string kKey(64, 'a');

// What it says when it refuses, or nothing.
template <class Call>
std::string refusal(Call call) {
  try {
    call();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

std::string refusal_of(MeshOptions mesh) {
  return refusal([&] { check_mesh(mesh); });
}

bool says(const std::string& text, const std::string& word) {
  return text.find(word) != std::string::npos;
}

TEST(MeshEndpoint, A_port_is_one_of_this_machine) {
  for (const std::string port : {"0", "5000", "65535"}) {
    EXPECT_EQ(mesh_endpoint("--pub", port), "tcp://127.0.0.1:" + port);
  }
}

TEST(MeshEndpoint, An_endpoint_stays) {
  for (const char* text : {"tcp://h:1", "tcp://10.0.0.1:5000", "tcp://*:5000", "tcp://[::1]:5000",
                           "ipc:///run/parley/one", "ipc://here"}) {
    EXPECT_EQ(mesh_endpoint("--pub", text), text);
  }
}

TEST(MeshEndpoint, Others_are_refused_by_the_name_of_their_option) {
  for (const char* text :
       {"", "65536", "-1", "+1", "5000x", " 5000", "h:5000", "tcp://", "tcp://h", "tcp://:5000",
        "tcp://h:", "tcp://h:65536", "tcp://h:x", "ipc://", "http://h:5000", "inproc://x"}) {
    const std::string said = refusal([&] { mesh_endpoint("--ask", text); });
    EXPECT_TRUE(says(said, "--ask " + std::string(text) + ": write a port")) << said;
  }
}

TEST(MeshEndpoint, Is_local_only_if_nobody_else_reaches_it) {
  for (const char* text : {"ipc://x", "tcp://127.0.0.1:1", "tcp://127.9.9.9:1", "tcp://localhost:1",
                           "tcp://[::1]:1"}) {
    EXPECT_TRUE(is_local_endpoint(text)) << text;
  }
  for (const char* text :
       {"tcp://*:1", "tcp://0.0.0.0:1", "tcp://10.0.0.1:1", "tcp://[::]:1", "tcp://eth0:1",
        "tcp://127.example.com:1", "tcp://localhost.example:1", "tcp://127.0.0.1.example.com:1"}) {
    EXPECT_FALSE(is_local_endpoint(text)) << text;
  }
}

TEST(MeshEndpoint, Questions_go_to_the_machine_that_publishes) {
  EXPECT_EQ(ask_endpoint("tcp://h:5000", "6000"), "tcp://h:6000");
  EXPECT_EQ(ask_endpoint("tcp://[::1]:5000", "6000"), "tcp://[::1]:6000");
  EXPECT_EQ(ask_endpoint("ipc://x", "ipc"), "ipc://x.ask");
}

TEST(MeshEndpoint, What_another_server_tells_as_its_port_may_be_anything) {
  for (const char* port : {"", "0", "65536", "x", "6000x", "ipc", "6000:7", "@h:1"}) {
    EXPECT_EQ(ask_endpoint("tcp://h:5000", port), "") << port;
  }
  EXPECT_EQ(ask_endpoint("ipc://x", "6000"), "");
}

TEST(MeshAddress, May_have_a_key_behind_it) {
  const MeshAddress with = mesh_address("tcp://h:5000#" + kKey);
  EXPECT_EQ(with.endpoint, "tcp://h:5000");
  EXPECT_EQ(with.public_key, std::string(32, '\xaa'));
  EXPECT_EQ(mesh_address("5000").public_key, "");
}

TEST(MeshAddress, A_key_that_is_none_is_refused) {
  for (const std::string& key : {std::string(), kKey.substr(1), kKey + "a", "x" + kKey.substr(1)}) {
    EXPECT_TRUE(says(refusal([&] { mesh_address("5000#" + key); }), "64 hexadecimal digits"));
  }
}

TEST(MeshUrl, Names_places) {
  MeshOptions mesh;
  read_mesh_url("zmq://?pub=5000&sub=5001&sub=tcp://h:1#" + kKey + "&ask=6000", mesh);
  EXPECT_EQ(mesh.publish, "5000");
  EXPECT_EQ(mesh.ask, "6000");
  EXPECT_EQ(mesh.subscribe, (std::vector<std::string>{"5001", "tcp://h:1#" + kKey}));
}

TEST(MeshUrl, May_be_the_word_alone) {
  MeshOptions mesh;
  mesh.publish = "5000";
  read_mesh_url("zmq", mesh);
  EXPECT_EQ(mesh.publish, "5000");
}

TEST(MeshUrl, Others_are_refused_with_an_example) {
  for (const std::string url : {"zmq://", "zmq://pub=5000", "zmq://?pop=1", "zmq://?pub",
                                "zmq://?&pub=1", "zmq://?pub=1&&sub=2"}) {
    MeshOptions mesh;
    const std::string said = refusal([&] { read_mesh_url(url, mesh); });
    EXPECT_TRUE(says(said, "--bus " + url + ": ")) << said;
    EXPECT_TRUE(says(said, "zmq://?pub=5000&sub=5001")) << said;
  }
}

TEST(MeshCheck, Completes_ports) {
  MeshOptions mesh;
  mesh.publish = "5000";
  mesh.ask = "6000";
  check_mesh(mesh);
  EXPECT_EQ(mesh.publish, "tcp://127.0.0.1:5000");
  EXPECT_EQ(mesh.ask, "tcp://127.0.0.1:6000");
}

TEST(MeshCheck, A_place_to_publish_is_needed) {
  MeshOptions mesh;
  mesh.subscribe = {"5001"};
  EXPECT_TRUE(says(refusal_of(mesh), "--pub PORT"));
}

TEST(MeshCheck, Other_machines_need_keys_or_a_word) {
  for (const char* place : {"tcp://0.0.0.0:5000", "tcp://127.example.com:5000"}) {
    MeshOptions mesh;
    mesh.publish = place;
    EXPECT_TRUE(says(refusal_of(mesh), "--insecure")) << place;
    mesh.insecure = true;
    EXPECT_EQ(refusal_of(mesh), "");
    mesh.insecure = false;
    mesh.key_file = "key";
    mesh.subscribe = {"5001#" + kKey};
    EXPECT_EQ(refusal_of(mesh), "");
  }
}

TEST(MeshCheck, A_place_for_questions_is_refused_by_its_own_name) {
  MeshOptions mesh;
  mesh.publish = "5000";
  mesh.ask = "tcp://*:6000";
  EXPECT_TRUE(says(refusal_of(mesh), "--ask tcp://*:6000: ")) << refusal_of(mesh);
}

TEST(MeshCheck, Keys_are_for_all_or_for_nobody) {
  MeshOptions mesh;
  mesh.publish = "5000";
  mesh.subscribe = {"5001#" + kKey};
  EXPECT_TRUE(says(refusal_of(mesh), "--peer-key FILE"));
  mesh.key_file = "key";
  mesh.subscribe = {"5001"};
  EXPECT_TRUE(says(refusal_of(mesh), "#PUBLICKEY"));
  mesh.subscribe.clear();
  EXPECT_TRUE(says(refusal_of(mesh), "nobody may connect"));
  mesh.key_file.clear();
  mesh.allow = {kKey};
  EXPECT_TRUE(says(refusal_of(mesh), "--peer-allow needs --peer-key"));
}

}  // namespace
}  // namespace parley::chat
