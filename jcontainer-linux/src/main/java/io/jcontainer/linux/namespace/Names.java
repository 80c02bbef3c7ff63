package io.jcontainer.linux.namespace;

import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.LaunchRequest;

/** The names of an own UTS namespace. */
public final class Names {
  private Names() {}

  /** Sets them; an own one begins with the host's. */
  public static void set(LaunchRequest request, Steps steps) {
    if (!request.own(Kind.UTS)) {
      return;
    }
    steps.add(
        Calls.sethostname(hostname(request)), "an own UTS namespace begins with the host's name");
    request
        .spec()
        .domainname()
        .ifPresent(name -> steps.add(Calls.setdomainname(name), "the NIS domain name"));
  }

  /** What the container is called. */
  public static String hostname(LaunchRequest request) {
    return request.spec().hostname().orElse(request.id());
  }
}
