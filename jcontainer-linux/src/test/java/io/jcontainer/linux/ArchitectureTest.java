package io.jcontainer.linux;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The rooms of the design, and the one way down through them. */
class ArchitectureTest {
  private static final String ROOT = "io.jcontainer.linux";
  private static final String[] FEATURES = {
    ROOT + ".namespace..",
    ROOT + ".cgroup..",
    ROOT + ".rootfs..",
    ROOT + ".security..",
    ROOT + ".process..",
    ROOT + ".user..",
    ROOT + ".state..",
    ROOT + ".probe.."
  };

  private static final JavaClasses ALL = importAll();
  private static final JavaClasses BACKEND = ALL.that(resideInAPackage(ROOT + ".."));

  private static JavaClasses importAll() {
    // Names are enough for what is not ours; to look into the JDK would take seconds.
    ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
    return new ClassFileImporter()
        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
        .withImportOption(location -> !location.contains("/jcontainer/fixtures/"))
        .withImportOption(location -> !location.contains("/jcontainer/images/")) // has its own test
        .importPackages("io.jcontainer");
  }

  @Test
  void dependencies_lead_down_from_run_to_sys() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("entry")
        .definedBy(ROOT)
        .layer("run")
        .definedBy(ROOT + ".run..")
        .layer("image")
        .definedBy(ROOT + ".image..")
        .layer("copy")
        .definedBy(ROOT + ".copy..")
        .layer("launch")
        .definedBy(ROOT + ".launch..")
        .layer("features")
        .definedBy(FEATURES)
        .layer("request")
        .definedBy(ROOT + ".request..")
        .layer("plan")
        .definedBy(ROOT + ".plan..")
        .layer("sys")
        .definedBy(ROOT + ".sys")
        .layer("jna")
        .definedBy(ROOT + ".sys.jna..")
        .whereLayer("entry")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("run")
        .mayOnlyBeAccessedByLayers("entry")
        .whereLayer("image")
        .mayOnlyBeAccessedByLayers("run")
        .whereLayer("copy")
        .mayOnlyBeAccessedByLayers("run", "image")
        .whereLayer("launch")
        .mayOnlyBeAccessedByLayers("run", "image", "copy")
        .whereLayer("features")
        .mayOnlyBeAccessedByLayers("run", "image", "copy", "launch")
        .whereLayer("request")
        .mayOnlyBeAccessedByLayers("run", "image", "copy", "launch", "features")
        .whereLayer("plan")
        .mayOnlyBeAccessedByLayers("run", "image", "copy", "launch", "features", "request")
        .whereLayer("jna")
        .mayOnlyBeAccessedByLayers("entry")
        .whereLayer("jna")
        .mayOnlyAccessLayers("sys")
        .check(BACKEND);
  }

  @Test
  void each_class_is_in_one_of_the_rooms() {
    classes()
        .should()
        .resideInAnyPackage(
            Stream.concat(
                    Stream.of(FEATURES),
                    Stream.of(
                            "",
                            ".run",
                            ".image",
                            ".copy",
                            ".launch",
                            ".request",
                            ".plan",
                            ".sys",
                            ".sys.jna")
                        .map(ROOT::concat))
                .toArray(String[]::new))
        .check(BACKEND);
  }

  @Test
  void packages_depend_on_each_other_in_no_cycle() {
    slices().matching(ROOT + ".(**)").should().beFreeOfCycles().check(BACKEND);
  }

  @Test
  void jna_is_in_one_room_and_only_the_provider_knows_that_room() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + ".sys.jna")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("com.sun.jna..")
        .check(ALL);
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + ".sys.jna")
        .and()
        .areNotAssignableTo(LinuxRuntimeProvider.class)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(ROOT + ".sys.jna")
        .check(ALL);
  }

  /** Who has no use for images need not have them on the class path. */
  @Test
  void only_the_room_of_images_knows_images() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + ".image..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.jcontainer.images..")
        .check(BACKEND);
  }

  @Test
  void what_makes_plans_makes_no_system_calls_and_opens_no_files() {
    noClasses()
        .that()
        .resideInAnyPackage(
            ROOT + ".plan",
            ROOT + ".request",
            ROOT + ".namespace",
            ROOT + ".rootfs",
            ROOT + ".security",
            ROOT + ".user")
        .should()
        .dependOnClassesThat()
        .areAssignableTo(Kernel.class)
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(Fd.class)
        .orShould()
        .dependOnClassesThat()
        .resideInAPackage("java.io..")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.nio.file.Files")
        .orShould()
        .callMethod(System.class, "getenv", String.class)
        .check(BACKEND);
  }

  @Test
  void the_exported_package_has_one_public_type() {
    assertThat(
            BACKEND.stream()
                .filter(type -> type.getPackageName().equals(ROOT))
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC)))
        .extracting(JavaClass::getSimpleName)
        .containsExactly("LinuxRuntimeProvider");
  }

  @Test
  void the_api_knows_only_the_jdk() {
    classes()
        .that()
        .resideInAnyPackage("io.jcontainer", "io.jcontainer.spi")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("java..", "io.jcontainer", "io.jcontainer.spi", "org.jspecify..")
        .check(ALL);
  }

  @Test
  void no_public_signature_has_a_type_of_a_third_party() {
    classes()
        .that()
        .arePublic()
        .and()
        .resideOutsideOfPackages(ROOT + ".sys.jna", "io.jcontainer.images.json") // not exported
        .should(haveSignaturesOf("java.", "io.jcontainer."))
        .check(ALL);
  }

  private static ArchCondition<JavaClass> haveSignaturesOf(String... packages) {
    return new ArchCondition<>("have only types of " + List.of(packages) + " in signatures") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        signatures(type)
            .flatMap(signature -> signature.getAllInvolvedRawTypes().stream())
            .map(JavaClass::getBaseComponentType)
            .filter(used -> !used.isPrimitive())
            .filter(used -> Stream.of(packages).noneMatch(used.getName()::startsWith))
            .forEach(
                used ->
                    events.add(
                        SimpleConditionEvent.violated(
                            type, type.getName() + " shows " + used.getName())));
      }
    };
  }

  /** The types of all that a class shows: supertypes, fields, parameters, results, exceptions. */
  private static Stream<JavaType> signatures(JavaClass type) {
    Stream<JavaType> supertypes =
        Stream.concat(type.getSuperclass().stream(), type.getInterfaces().stream());
    Stream<JavaType> fields =
        type.getFields().stream()
            .filter(field -> isVisible(field.getModifiers()))
            .map(JavaField::getType);
    Stream<JavaType> methods =
        type.getCodeUnits().stream()
            .filter(unit -> isVisible(unit.getModifiers()))
            .flatMap(ArchitectureTest::signature);
    return Stream.of(supertypes, fields, methods).flatMap(each -> each);
  }

  private static Stream<JavaType> signature(JavaCodeUnit unit) {
    return Stream.of(
            Stream.of(unit.getReturnType()),
            unit.getParameterTypes().stream(),
            unit.getExceptionTypes().stream())
        .flatMap(each -> each);
  }

  private static boolean isVisible(Iterable<JavaModifier> modifiers) {
    for (JavaModifier modifier : modifiers) {
      if (modifier == JavaModifier.PUBLIC || modifier == JavaModifier.PROTECTED) {
        return true;
      }
    }
    return false;
  }

  @Test
  void nothing_is_printed_and_nothing_is_logged_but_by_slf4j() {
    NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(ALL);
    NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING.check(ALL);
  }

  /** It may be set at any moment, by hours; deadlines are counted by System.nanoTime(). */
  @Test
  void the_clock_of_the_host_is_told_and_never_counted_with() {
    noClasses()
        .that(resideInAPackage(ROOT + ".."))
        .should()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethodWhere(
            target(owner(assignableTo(Instant.class)))
                .and(target(nameMatching("isBefore|isAfter|plus.*|minus.*|until|compareTo"))))
        .orShould()
        .callMethodWhere(
            target(owner(assignableTo(Duration.class))).and(target(nameMatching("between"))))
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(Clock.class)
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(Date.class)
        .check(ALL);
  }
}
