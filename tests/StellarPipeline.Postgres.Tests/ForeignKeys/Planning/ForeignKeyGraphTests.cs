using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Planning;

namespace StellarPipeline.Postgres.Tests.ForeignKeys.Planning;

public sealed class ForeignKeyGraphTests
{
    [Theory]
    // Sketch, layers (| between), cycles (tables, | between), deferred keys.
    [InlineData("a", "a", "", "")]
    [InlineData("b a c", "a b c", "", "")]
    [InlineData("c>b b>a", "a|b|c", "", "")]
    [InlineData("d>b d>c b>a c>a", "a|b c|d", "", "")]
    [InlineData("e>a d>c c>b b>a e>d", "a|b|c|d|e", "", "")]
    [InlineData("a>b:x a>b:y", "b|a", "", "")]
    [InlineData("a>a?~", "a", "a", "a_a")]
    [InlineData("a>a", "a", "a", "a_a")]
    [InlineData("a>b?~ b>a", "a b", "a b", "a_b")]
    [InlineData("a>b b>a?~", "b a", "a b", "b_a")]
    [InlineData("a>b~ b>a~", "a b", "a b", "a_b")]
    [InlineData("a>b b>c c>d d>e e>a?~", "e d c b a", "a b c d e", "e_a")]
    [InlineData("a>b~ b>c?~ c>a~", "b a c", "a b c", "b_c")]
    [InlineData("a>b?~ b>a c>a b>b?~", "a b|c", "a b", "a_b b_b")]
    [InlineData("a>b b>a?~ c>d d>c?~ a>c", "d c|b a", "a b|c d", "b_a d_c")]
    [InlineData("a>b~ b>a~ b>c~ c>b~", "a b c", "a b c", "a_b b_c")]
    [InlineData("x>y y>z?~ z>x z>y", "y x z", "x y z", "y_z")]
    public void Graph_Sketch_GivesLayersCyclesAndDeferredKeys(string sketch, string layers, string cycles, string deferred)
    {
        var graph = new ForeignKeyGraph(Sketch.Catalog(sketch));

        Assert.Equal(layers, string.Join('|', graph.Layers.Select(Sketch.Names)));
        Assert.Equal(cycles, string.Join('|', graph.Cycles.Select(cycle => Sketch.Names(cycle.Tables))));
        Assert.Equal(deferred, string.Join(' ', graph.DeferredKeys.Select(key => key.Name)));
    }

    [Fact]
    public void DeferredKeys_TwoCandidates_PrefersDeferrableThenNullableThenFewerRowsThenName()
    {
        var rows = new Dictionary<string, double> { ["a"] = 1000, ["b"] = 10 };

        Assert.Equal("b_a", Choice("a>b? b>a~"));
        Assert.Equal("a_b", Choice("a>b?~ b>a~"));
        Assert.Equal("b_a", Choice("a>b?~ b>a?~"));
        Assert.Equal("b_a", Choice("a>b~ b>a~"));
        Assert.Equal("a_b", new ForeignKeyGraph(Sketch.Catalog("a>b~ b>a~")).DeferredKeys[0].Name);
        Assert.Equal("b_a", Choice("a>b b>a"));

        string Choice(string sketch) => Assert.Single(new ForeignKeyGraph(Sketch.Catalog(sketch, rows)).DeferredKeys).Name;
    }

    [Fact]
    public void DeferredKeys_ExpectedRowsOfTheLoad_CountBeforeTheServersEstimate()
    {
        ForeignKeyCatalog catalog = Sketch.Catalog("a>b~ b>a~", new Dictionary<string, double> { ["a"] = 1, ["b"] = 1000 });
        var expected = new Dictionary<QualifiedName, double> { [Sketch.Name("a")] = 5000 };

        var graph = new ForeignKeyGraph(catalog, expected);

        Assert.Equal("b_a", Assert.Single(graph.DeferredKeys).Name);
        Assert.Equal((5000, 1000), (graph.ExpectedRows(Sketch.Name("a")), graph.ExpectedRows(Sketch.Name("b"))));
    }

    [Fact]
    public void Cycle_NoDeferrableKey_SaysSo()
    {
        var graph = new ForeignKeyGraph(Sketch.Catalog("a>b b>a? c>c?~"));

        Assert.Equal(
            [(false, "b_a"), (true, "c_c")], graph.Cycles.Select(cycle => (cycle.CanBeDeferred, Assert.Single(cycle.DeferredKeys).Name)));
    }

    [Fact]
    public void TablesBefore_Diamond_GivesAncestorsInWritingOrder()
    {
        var graph = new ForeignKeyGraph(Sketch.Catalog("d>c d>b c>a b>a e>d a>e?~ x"));

        Assert.Equal("a b c", Sketch.Names(graph.TablesBefore(Sketch.Name("d"))));
        Assert.Equal("a b c d", Sketch.Names(graph.TablesBefore(Sketch.Name("e"))));
        Assert.Empty(graph.TablesBefore(Sketch.Name("a")));
        Assert.Empty(graph.TablesBefore(Sketch.Name("x")));
    }

    [Fact]
    public void Graph_NotEnforcedKey_IsNoEdge()
    {
        ForeignKeyCatalog catalog = Sketch.Catalog("a>b b>a");
        var relaxed =
            new ForeignKeyCatalog(catalog.Tables,
                catalog.Keys.Select(key => key with { IsEnforced = key.Name != "a_b", LoadedReferencing = [], LoadedReferenced = [] }));

        var graph = new ForeignKeyGraph(relaxed);

        Assert.Empty(graph.Cycles);
        Assert.Equal("a|b", string.Join('|', graph.Layers.Select(Sketch.Names)));
    }

    [Fact]
    public void Graph_ChainOfTenThousandTables_NeedsNoDeepStack()
    {
        const int Count = 10_000;
        var graph = new ForeignKeyGraph(
            Sketch.Catalog(string.Join(' ', Enumerable.Range(0, Count - 1).Select(index => $"t{index:D5}>t{index + 1:D5}"))));

        Assert.Equal(Count, graph.Layers.Count);
        Assert.Equal("t09999", graph.LoadOrder[0].Name);
    }

    [Fact]
    public void Graph_InputInAnyOrder_GivesTheSamePlan()
    {
        const int Seed = 20_261_120;
        var random = new Random(Seed);
        ForeignKeyCatalog catalog = Sketch.Catalog(RandomSketch(random, 40, 90));
        string first = Describe(new ForeignKeyGraph(catalog));
        for (int round = 0; round < 20; round++)
        {
            CatalogTable[] tables = catalog.Tables.ToArray();
            ForeignKey[] keys = catalog.Keys.ToArray();
            random.Shuffle(tables);
            random.Shuffle(keys);
            Assert.True(first == Describe(new ForeignKeyGraph(new ForeignKeyCatalog(tables, keys))), $"seed {Seed}, round {round}");
        }

        static string Describe(ForeignKeyGraph graph) =>
            string.Join('|', graph.Layers.Select(Sketch.Names)) + " deferred "
                + string.Join(' ', graph.DeferredKeys.Select(key => key.Name));
    }

    /// <summary>
    /// The definition: an order is valid if every key that is not deferred has its parent before its child. Brute force tries all orders of
    /// up to six tables: keys are deferred exactly when no order is valid without, and never one more than needed.
    /// </summary>
    [Fact]
    public void LoadOrder_RandomGraphs_AgreesWithTheBruteForceDefinition()
    {
        const int Seed = 4711;
        var random = new Random(Seed);
        for (int round = 0; round < 400; round++)
        {
            string sketch = RandomSketch(random, random.Next(1, 7), random.Next(0, 10));
            string context = $"seed {Seed}, round {round}: {sketch}";
            var graph = new ForeignKeyGraph(Sketch.Catalog(sketch));
            var kept = graph.Edges.Where(edge => !graph.DeferredKeys.Contains(edge.Key)).ToList();

            Assert.True(IsValid(graph.LoadOrder, kept), context);
            Assert.True(graph.Layers.SelectMany(layer => layer).SequenceEqual(graph.LoadOrder), context);
            Assert.True(graph.LoadOrder.Order().SequenceEqual(graph.LoadOrder.Distinct().Order()), context);
            Assert.True(graph.DeferredKeys.Count == 0 == AnyOrderIsValid(graph.LoadOrder, graph.Edges), context);
            foreach (ForeignKey key in graph.DeferredKeys)
            {
                Assert.False(AnyOrderIsValid(graph.LoadOrder, [.. kept, .. graph.Edges.Where(edge => edge.Key == key)]),
                    $"{context}: {key.Name} need not " +
                        "be deferred");
            }

            Assert.True(graph.Edges.All(edge => graph.LayerOf(edge.Parent) <= graph.LayerOf(edge.Child)), context);
            foreach (QualifiedName table in graph.LoadOrder)
                Assert.True(Reachable(table, kept).SetEquals(graph.TablesBefore(table)), context);
        }
    }

    internal static string RandomSketch(Random random, int tables, int keys)
    {
        string[] names = Enumerable.Range(0, tables).Select(index => $"t{index}").ToArray();
        IEnumerable<string> edges = Enumerable.Range(0, keys).Select(index =>
            $"{names[random.Next(tables)]}>"
                + $"{names[random.Next(tables)]}{(random.Next(2) == 0 ? "?" : "")}{(random.Next(2) == 0 ? "~" : "")}:k{index}");
        return string.Join(' ', names.Concat(edges));
    }

    private static bool IsValid(IReadOnlyList<QualifiedName> order, IReadOnlyList<ForeignKeyEdge> edges)
    {
        var position = order.Select((table, index) => (table, index)).ToDictionary(pair => pair.table, pair => pair.index);
        return edges.All(edge => position[edge.Parent] < position[edge.Child]);
    }

    private static bool AnyOrderIsValid(IReadOnlyList<QualifiedName> tables, IReadOnlyList<ForeignKeyEdge> edges) =>
        Orders([.. tables], 0).Any(order => IsValid(order, edges));

    private static IEnumerable<QualifiedName[]> Orders(QualifiedName[] tables, int from)
    {
        if (from >= tables.Length - 1)
            yield return tables;
        for (int index = from; index < tables.Length && from < tables.Length - 1; index++)
        {
            (tables[from], tables[index]) = (tables[index], tables[from]);
            foreach (QualifiedName[] order in Orders(tables, from + 1))
                yield return order;
            (tables[from], tables[index]) = (tables[index], tables[from]);
        }
    }

    private static HashSet<QualifiedName> Reachable(QualifiedName start, List<ForeignKeyEdge> edges)
    {
        var reached = new HashSet<QualifiedName>();
        bool grown = true;
        while (grown)
        {
            grown = false;
            foreach (ForeignKeyEdge? edge in edges.Where(edge => edge.Child == start || reached.Contains(edge.Child)))
                grown |= reached.Add(edge.Parent);
        }

        return reached;
    }
}
