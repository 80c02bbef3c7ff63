package io.jcontainer.images;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the module knows, and what it shows. */
class ArchitectureTest {
  private static final String ROOT = "io.jcontainer.images";
  private static final Set<String> SHOWN = Set.of(ROOT, ROOT + ".registry");
  private static final JavaClasses ALL = importAll();

  private static JavaClasses importAll() {
    ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
    return new ClassFileImporter()
        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
        .importPackages(ROOT);
  }

  @Test
  void it_knows_the_api_and_no_linux() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java..",
            "javax.net.ssl..",
            "org.jspecify..",
            "io.jcontainer",
            "io.jcontainer.spi",
            ROOT + "..",
            "com.fasterxml.jackson.core..",
            "com.github.luben.zstd..")
        .check(ALL);
  }

  @Test
  void tars_and_their_compressions_know_nothing_of_images() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + ".tar")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(ROOT)
        .check(ALL);
  }

  @Test
  void only_registries_know_of_networks() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + ".registry")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(ROOT + ".registry", "java.net..", "javax.net..")
        .check(ALL);
  }

  @Test
  void json_knows_of_images_only_how_to_refuse_one() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + ".json")
        .should()
        .dependOnClassesThat(resideInAPackage(ROOT).and(not(type(InvalidImageException.class))))
        .check(ALL);
  }

  @Test
  void no_public_signature_has_a_type_that_users_do_not_have() {
    Stream<JavaMember> shown =
        ALL.stream()
            .filter(type -> SHOWN.contains(type.getPackageName()))
            .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
            .flatMap(type -> type.getMembers().stream())
            .filter(
                member ->
                    member.getModifiers().contains(JavaModifier.PUBLIC)
                        || member.getModifiers().contains(JavaModifier.PROTECTED));

    assertThat(shown)
        .isNotEmpty()
        .allSatisfy(
            member ->
                assertThat(member.getAllInvolvedRawTypes())
                    .extracting(JavaClass::getBaseComponentType)
                    .filteredOn(type -> !type.isPrimitive())
                    .allSatisfy(
                        type ->
                            assertThat(type.getName())
                                .startsWith(
                                    type.getName().startsWith("java.")
                                        ? "java."
                                        : "io.jcontainer."))
                    .noneMatch(type -> type.getPackageName().equals(ROOT + ".tar"))
                    .noneMatch(type -> type.getPackageName().equals(ROOT + ".json")));
  }

  @Test
  void nothing_is_printed() {
    NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(ALL);
  }
}
