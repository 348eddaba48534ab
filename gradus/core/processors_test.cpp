#include "gradus/core/processors.h"

#include <gtest/gtest.h>

#include <string>

#include "gradus/core/files.h"
#include "tests/support/test_support.h"

namespace gradus::internal {
namespace {

class CgroupTest : public testing::Test {
 protected:
  void put(const std::string& name, const std::string& content) const {
    const auto path = root.path() / name;
    make_folder(path.parent_path());
    write_file_atomically(path, content);
  }
  [[nodiscard]] std::size_t processors() const { return cgroup_processors(root.path()); }
  test::TemporaryFolder root;
};

TEST_F(CgroupTest, WithoutCgroupsThereIsNoQuota) {
  EXPECT_EQ(processors(), kNoQuota);
  put("proc/self/cgroup", "0::/user/job\n");
  EXPECT_EQ(processors(), kNoQuota);
}

TEST_F(CgroupTest, Version2RoundsItsQuotaDownToAtLeastOne) {
  put("proc/self/cgroup", "0::/user/job\n");
  const auto with = [&](const std::string& content) {
    put("sys/fs/cgroup/user/job/cpu.max", content);
    return processors();
  };
  EXPECT_EQ(with("400000 100000\n"), 4u);
  EXPECT_EQ(with("399999 100000\n"), 3u);
  EXPECT_EQ(with("20000 100000\n"), 1u);
  EXPECT_EQ(with("max 100000\n"), kNoQuota);
  EXPECT_EQ(with("odd\n"), kNoQuota);
  EXPECT_EQ(with("100000 0\n"), kNoQuota);
  EXPECT_EQ(with(""), kNoQuota);
}

TEST_F(CgroupTest, TheTightestParentDecides) {
  put("proc/self/cgroup", "0::/user/job\n");
  put("sys/fs/cgroup/user/job/cpu.max", "800000 100000\n");
  put("sys/fs/cgroup/user/cpu.max", "300000 100000\n");
  EXPECT_EQ(processors(), 3u);
  put("sys/fs/cgroup/cpu.max", "200000 100000\n");
  EXPECT_EQ(processors(), 2u);
}

TEST_F(CgroupTest, Version1ReadsTheHierarchyOfTheProcessorController) {
  put("proc/self/cgroup", "11:cpuset:/other\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc\n");
  put("sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us", "250000\n");
  put("sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(processors(), 2u);
  put("sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us", "-1\n");
  EXPECT_EQ(processors(), kNoQuota);
}

TEST_F(CgroupTest, InAContainerTheMountItselfIsTheGroup) {
  put("proc/self/cgroup", "4:cpu:/docker/abc\n");
  put("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "300000\n");
  put("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(processors(), 3u);
}

}  // namespace
}  // namespace gradus::internal
