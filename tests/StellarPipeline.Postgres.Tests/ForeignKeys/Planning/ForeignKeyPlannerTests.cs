using System.Text.Json;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Planning;

namespace StellarPipeline.Postgres.Tests.ForeignKeys.Planning;

public sealed class ForeignKeyPlannerTests
{
    [Theory]
    // Sketch, may the role do everything, does the sink write parents first, choice.
    [InlineData("c>p", true, false, "replica")]
    [InlineData("c>p~", false, false, "deferred")]
    [InlineData("c>p", false, true, "ordered")]
    [InlineData("c>p", false, false, null)]
    [InlineData("a>b b>a", false, true, null)]
    [InlineData("a>b b>a?~", false, true, "ordered")]
    [InlineData("a>b b>a", true, false, "replica")]
    [InlineData("a b", true, false, "ordered")]
    public void Plan_Auto_TakesTheCheapestThatTheRoleMayUse(string sketch, bool all, bool parentsFirst, string? choice)
    {
        ForeignKeyCatalog catalog = Sketch.Catalog(sketch);

        ForeignKeyPlan plan =
            ForeignKeyPlanner.Plan(catalog, Sketch.Rights(catalog, all), new ForeignKeyOptions { WritesParentsFirst = parentsFirst });

        Assert.Equal(choice, plan.Chosen?.Name);
        Assert.Equal(choice is null, plan.IsRefused);
        Assert.Equal(["replica", "recreate", "ordered", "deferred"], plan.Strategies.Select(verdict => verdict.Name));
        Assert.Equal(choice is null, plan.Statements.Count == 0);
    }

    [Theory]
    [InlineData(1_000_000, 0, "replica")]
    [InlineData(1_000, 50_000_000, "ordered")]
    public void Plan_AutoWithExpectedRows_ComparesCosts(double newRows, double oldRows, string choice)
    {
        ForeignKeyCatalog catalog = Sketch.Catalog("c>p", new Dictionary<string, double> { ["c"] = oldRows });
        var options = new ForeignKeyOptions
        {
            WritesParentsFirst = true,
            ExpectedRows = new Dictionary<QualifiedName, double> { [Sketch.Name("c")] = newRows },
        };

        ForeignKeyPlan plan = ForeignKeyPlanner.Plan(catalog, Sketch.Rights(catalog, all: true), options);

        Assert.Equal(choice, plan.Chosen?.Name);
        Assert.All(plan.Strategies, verdict => Assert.NotNull(verdict.EstimatedSeconds));
    }

    [Theory]
    [InlineData(IndexRebuild.Always, "The indexes are rebuilt after the load, and the keys with them.")]
    [InlineData(IndexRebuild.Never, "Asked for, and possible.")]
    public void Plan_Recreate_SaysWhetherTheUserOrTheIndexesNeedIt(IndexRebuild indexes, string reason)
    {
        ForeignKeyCatalog catalog = Sketch.Catalog("c>p");
        var options = new ForeignKeyOptions { Choice = ForeignKeyChoice.Recreate, IndexRebuild = indexes };

        ForeignKeyPlan plan = ForeignKeyPlanner.Plan(catalog, Sketch.Rights(catalog, all: true), options);

        Assert.Equal(reason, plan.Chosen!.For[0]);
    }

    [Fact]
    public void Plan_TriggerOnInsert_AutoAvoidsReplicaAndTheExplicitChoiceKeepsIt()
    {
        ForeignKeyCatalog sketched = Sketch.Catalog("c>p");
        var catalog =
            new ForeignKeyCatalog(sketched.Tables,
                sketched.Keys)
            { Triggers = [new CatalogTrigger(Sketch.Name("c"), "audit", 'O', true, false)] };

        ForeignKeyPlan automatic = ForeignKeyPlanner.Plan(catalog, Sketch.Rights(catalog, all: true));
        ForeignKeyPlan named =
            ForeignKeyPlanner.Plan(catalog, Sketch.Rights(catalog, all: true), new ForeignKeyOptions { Choice = ForeignKeyChoice.Replica });

        Assert.Equal("recreate", automatic.Chosen?.Name);
        Assert.Equal("replica", named.Chosen?.Name);
        Assert.Contains("Under replica, trigger audit of s.c does not fire while loading.", named.Chosen!.Against);
        Assert.Contains("If trigger audit of s.c enforces a reference, the plan does not know it.", automatic.Warnings);
    }

    [Fact]
    public void Plan_UpdateTrigger_MattersOnlyToALoadThatUpdates()
    {
        ForeignKeyCatalog sketched = Sketch.Catalog("c>p");
        var catalog =
            new ForeignKeyCatalog(sketched.Tables,
                sketched.Keys)
            { Triggers = [new CatalogTrigger(Sketch.Name("p"), "stamp", 'O', false, true)] };

        Assert.Equal("replica", ForeignKeyPlanner.Plan(catalog, Sketch.Rights(catalog, all: true)).Chosen?.Name);
        Assert.Equal("recreate",
            ForeignKeyPlanner.Plan(catalog, Sketch.Rights(catalog, all: true), new ForeignKeyOptions { UpdatesRows = true }).Chosen?.Name);
    }

    [Fact]
    public void Plan_NonDeferrableCycleWithDmlRights_RefusesWithTheExactSqlFirst()
    {
        ForeignKeyCatalog catalog = Sketch.Catalog("a>b b>a?");

        ForeignKeyPlan plan =
            ForeignKeyPlanner.Plan(catalog, Sketch.Rights(catalog, all: false), new ForeignKeyOptions { WritesParentsFirst = true });

        Assert.True(plan.IsRefused);
        Assert.Equal("ALTER TABLE \"s\".\"b\" ALTER CONSTRAINT \"b_a\" DEFERRABLE INITIALLY IMMEDIATE;", plan.Remedies[0]);
        Assert.Equal(
            "Foreign key s.b.b_a (a_id) → s.a (id) is not DEFERRABLE, and no order of writing satisfies it, because its tables refer to "
                + "each other in a " +
                "circle.",
            Assert.Single(plan.Strategies.Single(verdict => verdict.Name == "ordered").Probe.Obstacles));
    }

    [Theory]
    [InlineData(ForeignKeyChoice.Replica, false, null)]
    [InlineData(ForeignKeyChoice.Recreate, false, null)]
    [InlineData(ForeignKeyChoice.Recreate, true, "recreate")]
    [InlineData(ForeignKeyChoice.Ordered, false, "ordered")]
    [InlineData(ForeignKeyChoice.Deferred, true, null)]
    public void Plan_NamedStrategy_IsTakenOrRefusedNeverReplaced(ForeignKeyChoice choice, bool all, string? chosen)
    {
        ForeignKeyCatalog catalog = Sketch.Catalog("c>p");

        ForeignKeyPlan plan = ForeignKeyPlanner.Plan(catalog, Sketch.Rights(catalog, all), new ForeignKeyOptions { Choice = choice });

        Assert.Equal(chosen, plan.Chosen?.Name);
    }

    [Theory]
    [InlineData("commentable_type:text commentable_id:bigint body:text", "commentable_type+commentable_id")]
    [InlineData("a_type:text b_id:int", "")]
    [InlineData("_type:text _id:int type:text id:int", "")]
    [InlineData("p_type:text p_id:int", "")]
    [InlineData("x_type:text x_id:int y_type:text y_id:int", "x_type+x_id y_type+y_id")]
    public void PolymorphicPairs_ColumnsWithoutKey_AreFound(string columns, string pairs)
    {
        ForeignKeyCatalog sketched = Sketch.Catalog("c>p?:c_p");
        IEnumerable<CatalogTable> described =
            sketched.Tables.Select(
                table => table with
                {
                    Columns = [.. columns.Split(' ').Select(column => new CatalogColumn(column.Split(':')[0], column.Split(':')[1], true))],
                });
        var catalog = new ForeignKeyCatalog(
            described.Take(1), sketched.Keys.Select(key => key with { LoadedReferencing = [], LoadedReferenced = [] }));

        IReadOnlyList<PolymorphicPair> found = PolymorphicPair.Find(catalog);

        Assert.Equal(pairs, string.Join(' ', found.Select(pair => $"{pair.TypeColumn}+{pair.IdColumn}")));
    }

    [Fact]
    public void Plan_SpecialKeys_AreWarnedOf()
    {
        ForeignKeyCatalog sketched = Sketch.Catalog("a>b c>b");
        var catalog = new ForeignKeyCatalog(
            sketched.Tables,
            sketched.Keys.Select(
                key => key with
                {
                    IsEnforced = key.Name != "a_b",
                    IsValidated = false,
                    TriggerState = key.Name == "c_b" ? ForeignKeyTriggerState.Altered : ForeignKeyTriggerState.None
                }));

        ForeignKeyPlan plan = ForeignKeyPlanner.Plan(catalog, Sketch.Rights(catalog, all: true));

        Assert.Equal(
            [
                "Foreign key s.a.a_b (b_id) → s.b (id) is NOT ENFORCED: it is neither ordered nor proved.",
                "Foreign key s.c.c_b (b_id) → s.b (id) is NOT VALID: loaded rows must satisfy it, older rows may not.",
                "The triggers of foreign key s.c.c_b (b_id) → s.b (id) are not in their normal state: PostgreSQL may not check it.",
            ],
            plan.Warnings);
    }

    [Fact]
    public void Render_Text_ShowsLayersCyclesReasonsAndSql()
    {
        string text = ForeignKeyPlanText.Render(CyclePlan());

        Assert.Contains("  0: s.p\n  1: s.b, s.a\n", text, StringComparison.Ordinal);
        Assert.Contains("    broken by deferring s.b.b_a (a_id) → s.a (id)\n", text, StringComparison.Ordinal);
        Assert.Contains("  s.a.a_b (b_id) → s.b (id) [not null; not deferrable]\n", text, StringComparison.Ordinal);
        Assert.Contains("  replica: impossible\n", text, StringComparison.Ordinal);
        Assert.Contains("    - Role loader may not set session_replication_role: permission denied", text, StringComparison.Ordinal);
        Assert.Contains("  ordered: CHOSEN\n", text, StringComparison.Ordinal);
        Assert.Contains(
            "SQL to run (ordered)\n  SET CONSTRAINTS \"s\".\"b_a\" DEFERRED;\n  -- the load, parents first: s.p, s.b, s.a\n  SET "
                + "CONSTRAINTS " +
                "ALL IMMEDIATE;\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', text);
    }

    [Fact]
    public void Render_TextOfARefusedPlan_EndsWithTheRemedies()
    {
        ForeignKeyCatalog catalog = Sketch.Catalog("c>c");

        string text =
            ForeignKeyPlanText.Render(ForeignKeyPlanner.Plan(
                catalog, Sketch.Rights(catalog, all: false), new ForeignKeyOptions { Choice = ForeignKeyChoice.Deferred }));

        Assert.Contains("which is NOT DEFERRABLE", text, StringComparison.Ordinal);
        Assert.EndsWith(
            "  ALTER TABLE \"s\".\"c\" ALTER CONSTRAINT \"c_c\" DEFERRABLE INITIALLY IMMEDIATE;\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_Json_HoldsEverythingInAFixedOrder()
    {
        using var json = JsonDocument.Parse(ForeignKeyPlanJson.Render(CyclePlan()));

        string[] names =
        [
            "role", "server_major_version", "refused", "strategy", "layers", "load_order", "foreign_keys", "edges", "cycles", "strategies",
            "polymorphic_pairs", "checks", "warnings", "limits", "statements", "remedies", "grants",
        ];
        Assert.Equal(
            names,
            json.RootElement.EnumerateObject().Select(field => field.Name));
        Assert.Equal("ordered", json.RootElement.GetProperty("strategy").GetString());
        Assert.Equal("b_a", json.RootElement.GetProperty("cycles")[0].GetProperty("deferred_constraints")[0].GetString());
        Assert.Equal(3, json.RootElement.GetProperty("edges").GetArrayLength());
        Assert.True(json.RootElement.GetProperty("foreign_keys")[2].GetProperty("breaks_cycle").GetBoolean());
        Assert.Equal(4, json.RootElement.GetProperty("strategies").GetArrayLength());
        Assert.All(Names(json.RootElement), name => Assert.Matches("^[a-z]+(_[a-z]+)*$", name));
    }

    private static IEnumerable<string> Names(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(field => Names(field.Value).Prepend(field.Name)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Names),
        _ => [],
    };

    [Fact]
    public void Render_Dot_DrawsCyclesDeferredKeysAndTablesOutside()
    {
        ForeignKeyCatalog sketched = Sketch.Catalog("a>b b>a?~ a>\"odd\"");
        var catalog = new ForeignKeyCatalog(
            sketched.Tables.Take(2), sketched.Keys.Select(key => key with { LoadedReferencing = [], LoadedReferenced = [] }));
        RoleRights rights = Sketch.Rights(sketched, all: true);

        string dot = ForeignKeyPlanDot.Render(ForeignKeyPlanner.Plan(catalog, rights));

        Assert.Equal("""
            digraph foreign_keys {
              rankdir=BT;
              node [shape=box];
              "s.b";
              "s.a";
              "s.\"\"\"odd\"\"\"" [style=dashed, color=grey];
              subgraph cluster_0 { label="cycle"; "s.a"; "s.b"; }
              "s.a" -> "s.b" [label="a_b"];
              "s.b" -> "s.a" [label="b_a", style=dashed, color=red];
              "s.a" -> "s.\"\"\"odd\"\"\"" [label="a_\"odd\"", color=grey];
            }

            """.ReplaceLineEndings("\n"), dot);
    }

    private static ForeignKeyPlan CyclePlan()
    {
        ForeignKeyCatalog catalog = Sketch.Catalog("a>b b>a?~ a>p");
        return ForeignKeyPlanner.Plan(catalog, Sketch.Rights(catalog, all: false), new ForeignKeyOptions { WritesParentsFirst = true });
    }
}
