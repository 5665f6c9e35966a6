# The front door to CMake: install what is missing, configure once, build, run.
# Every build is a preset of CMakePresets.json and lives in build/PRESET.

# The preset that demo, test and bench use; `make test PRESET=asan` takes another one.
PRESET = release
GRADC = build/$(PRESET)/gradc

# What `make demo` trains, in this order, before it draws why recurrent networks learn or do not. No data from outside
# the repository.
DEMOS = examples/xor.grad examples/spiral.grad

SOURCES = $(shell find ir frontend passes codegen runtime driver tests examples benchmarks \
                       -name '*.cpp' -o -name '*.h' -o -name '*.hpp' -o -name '*.c')

.PHONY: help demo examples test bench ulp recurrences build dependencies format lint tidy clean
.DEFAULT_GOAL = help

help:
	@echo 'make demo    build gradc, train small models, and draw how gradients vanish in recurrent networks'
	@echo 'make examples  train every example to the figure in its header; takes a while (NAMES="xor spiral": these only)'
	@echo 'make test    build and run every test'
	@echo 'make build   build only; the compiler is $(GRADC)'
	@echo 'make bench   run the benchmarks, beside other compilers and libraries if there are any; takes hours'
	@echo '             CASES="gpt lstm": these only;  CASES=--short: a few, in a minute'
	@echo 'make ulp     measure the elementary functions at every f32; takes an hour'
	@echo 'make recurrences  compile recurrent models in every form of the loop over time; takes 20 minutes'
	@echo 'make format  clang-format all sources;  make lint  only check them'
	@echo 'make tidy    compile with clang and clang-tidy'
	@echo 'PRESET=dev|release|asan|tidy chooses the build (CMakePresets.json); now: $(PRESET)'

demo: build
	@for model in $(DEMOS); do \
	   printf '\n$(GRADC) train %s\n' $$model; \
	   $(GRADC) train $$model || exit; \
	 done
	@printf '\nexamples/vanishing_gradient_picture (half a minute)\n'
	@examples/vanishing_gradient_picture --gradc $(GRADC) -o build/vanishing_gradient.svg

# Data lie beside the repository, a folder for each set; examples whose data are not there are left out.
DATASETS = ../shared/data/datasets
examples: build
	examples/train_all --gradc $(GRADC) --data $(DATASETS) $(NAMES)

test: build
	ctest --preset $(PRESET) --parallel $$(nproc)

# CASES="gpt lstm": these beside the peers, and nothing else; CASES=--short: a few, in a minute.
bench: build
	@for run in $(if $(CASES),benchmarks/peers/run,benchmarks/*/run); do \
	   echo "== $$run"; \
	   GRADC=$(GRADC) $$run $(CASES) || exit; \
	 done

ulp: build
	build/$(PRESET)/unit_codegen --gtest_also_run_disabled_tests \
	    --gtest_filter='Math.DISABLED_*' --gtest_brief=1

# Every cell, variant and length of recurrences in every form of the loop; the suite takes some of them.
recurrences: build
	build/$(PRESET)/unit_compiler --gtest_also_run_disabled_tests \
	    --gtest_filter='DISABLED_All/Recurrences.*' --gtest_brief=1

build: build/$(PRESET)/build.ninja
	@cmake --build --preset $(PRESET)

# Ninja reconfigures by itself when a CMakeLists.txt changes; this rule is for the first time.
build/%/build.ninja: CMakePresets.json | dependencies
	cmake --preset $*
	@touch $@

dependencies:
	@.ci/install-dependencies

format lint: formatter = clang-format-19 --style=file
format:
	@.ci/install-dependencies clang-format-19
	$(formatter) -i $(SOURCES)

lint:
	@.ci/install-dependencies clang-format-19
	$(formatter) --dry-run --Werror $(SOURCES)

tidy:
	@.ci/install-dependencies clang-tidy-19 clang++-19=clang-19
	@$(MAKE) --no-print-directory build PRESET=tidy

clean:
	rm -rf build
