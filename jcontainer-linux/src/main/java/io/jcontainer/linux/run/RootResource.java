package io.jcontainer.linux.run;

import io.jcontainer.linux.sys.Fd;
import java.util.List;

/** What the root of a container takes on the host, from before its start until behind its end. */
interface RootResource {

  /** What the launcher gets of it, at most one. */
  List<Fd> descriptors();

  /** The launcher has it. */
  void started();

  /** The container has ended, or was not started. */
  void release();
}
