package io.jcontainer.linux.cgroup;

import io.jcontainer.DeviceRule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** What both versions make of rules for devices. */
final class DeviceRules {
  private DeviceRules() {}

  private record Device(DeviceRule.Type type, OptionalLong major, OptionalLong minor) {}

  /**
   * One rule for each device, with all that the rules for it allow, in the order of the first. Each
   * is for one type of devices: v1 takes "a" for all accesses, whatever follows it.
   */
  static List<DeviceRule> merged(List<DeviceRule> rules) {
    Map<Device, DeviceRule> merged = new LinkedHashMap<>();
    for (DeviceRule rule : rules) {
      for (DeviceRule.Type type :
          rule.type() == DeviceRule.Type.ALL
              ? List.of(DeviceRule.Type.BLOCK, DeviceRule.Type.CHAR)
              : List.of(rule.type())) {
        Device device = new Device(type, rule.major(), rule.minor());
        merged.merge(
            device, together(type, rule, rule), (one, other) -> together(type, one, other));
      }
    }
    return List.copyOf(merged.values());
  }

  private static DeviceRule together(DeviceRule.Type type, DeviceRule one, DeviceRule other) {
    return new DeviceRule(
        type,
        one.major(),
        one.minor(),
        one.read() || other.read(),
        one.write() || other.write(),
        one.mknod() || other.mknod());
  }
}
