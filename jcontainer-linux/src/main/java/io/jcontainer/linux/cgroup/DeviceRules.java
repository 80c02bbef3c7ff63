package io.jcontainer.linux.cgroup;

import io.jcontainer.DeviceRule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

  /**
   * What some rules allow and others do not, device for device.
   *
   * @param rules of which there is one for each device
   * @param others the same
   */
  static List<DeviceRule> without(List<DeviceRule> rules, List<DeviceRule> others) {
    List<DeviceRule> left = new ArrayList<>();
    for (DeviceRule rule : rules) {
      Optional<DeviceRule> same =
          others.stream().filter(other -> device(other).equals(device(rule))).findFirst();
      boolean read = rule.read() && !same.map(DeviceRule::read).orElse(false);
      boolean write = rule.write() && !same.map(DeviceRule::write).orElse(false);
      boolean mknod = rule.mknod() && !same.map(DeviceRule::mknod).orElse(false);
      if (read || write || mknod) {
        left.add(new DeviceRule(rule.type(), rule.major(), rule.minor(), read, write, mknod));
      }
    }
    return left;
  }

  private static Device device(DeviceRule rule) {
    return new Device(rule.type(), rule.major(), rule.minor());
  }
}
