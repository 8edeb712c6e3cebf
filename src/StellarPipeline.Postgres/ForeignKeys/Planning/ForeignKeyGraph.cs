using StellarPipeline.Postgres.ForeignKeys.Catalog;

namespace StellarPipeline.Postgres.ForeignKeys.Planning;

/// <summary>
/// The loaded tables and the enforced keys between them: cycles, layers, and a write order. Deterministic; sends no query.
/// </summary>
public sealed class ForeignKeyGraph
{
    private readonly Dictionary<QualifiedName, int> layer = [];
    private readonly Dictionary<QualifiedName, double?> expectedRows;

    /// <summary>Builds the graph.</summary>
    /// <param name="catalog">The load's catalogue.</param>
    /// <param name="expectedRows">Rows that the load will write, by table, if known; otherwise the catalogue's estimate is used.</param>
    public ForeignKeyGraph(ForeignKeyCatalog catalog, IReadOnlyDictionary<QualifiedName, double>? expectedRows = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        QualifiedName[] names = [.. catalog.Tables.Select(table => table.Name).Order()];
        var edges = catalog.BindingKeys
            .SelectMany(
            key => key.LoadedReferencing.SelectMany(child => key.LoadedReferenced.Select(parent => new ForeignKeyEdge(key, child, parent))))
            .ToList();
        edges.Sort(ForeignKeyEdge.Compare);
        Edges = edges;

        this.expectedRows = catalog.Tables.ToDictionary(
            table => table.Name,
            table => expectedRows is not null && expectedRows.TryGetValue(table.Name, out double rows) ? rows : table.RowEstimate);
        List<QualifiedName[]> components = Components(names, edges);
        Dictionary<QualifiedName, int> number = Numbers(components);
        ILookup<int, ForeignKeyEdge> inside =
            edges.Where(edge => number[edge.Child] == number[edge.Parent]).ToLookup(edge => number[edge.Child]);
        Cycles = [.. inside.Select(group => CycleOf(components[group.Key], [.. group], ExpectedRows)).OrderBy(cycle => cycle.Tables[0])];
        DeferredKeys = [.. Cycles.SelectMany(cycle => cycle.DeferredKeys)];
        Layers = LayersOf(components);
        LoadOrder = [.. Layers.SelectMany(layer => layer)];
    }

    /// <summary>
    /// Keys between loaded tables, ordered by child, parent and name. Keys to tables outside the load are not included: their parent rows
    /// must already exist.
    /// </summary>
    public IReadOnlyList<ForeignKeyEdge> Edges { get; }

    /// <summary>Groups of tables that refer to each other, and tables that refer to themselves, in name order.</summary>
    public IReadOnlyList<ForeignKeyCycle> Cycles { get; }

    /// <summary>Keys that no write order satisfies: the deferred keys of all cycles.</summary>
    public IReadOnlyList<ForeignKey> DeferredKeys { get; }

    /// <summary>
    /// Tables by depth: the tables of a layer refer only to earlier layers and, in a cycle, to each other. The tables of a cycle are in one
    /// layer, in write order.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<QualifiedName>> Layers { get; }

    /// <summary>All tables, parents before children, except for <see cref="DeferredKeys"/>.</summary>
    public IReadOnlyList<QualifiedName> LoadOrder { get; }

    /// <summary>Expected rows of a table: the load's figure, or the server's estimate, or null.</summary>
    /// <param name="table">Any table; null for one that is not loaded.</param>
    public double? ExpectedRows(QualifiedName table) => this.expectedRows.GetValueOrDefault(table);

    /// <summary>Which layer a table is in, from 0.</summary>
    /// <param name="table">A loaded table.</param>
    public int LayerOf(QualifiedName table) => this.layer[table];

    /// <summary>
    /// The tables whose pending rows must be written before rows of <paramref name="table"/>, in the order to write them: its parents,
    /// theirs, and so on, without the deferred keys.
    /// </summary>
    /// <param name="table">A loaded table.</param>
    public IReadOnlyList<QualifiedName> TablesBefore(QualifiedName table)
    {
        ILookup<QualifiedName, QualifiedName> parents =
            Edges.Where(edge => !DeferredKeys.Contains(edge.Key)).ToLookup(edge => edge.Child, edge => edge.Parent);
        var needed = new HashSet<QualifiedName>();
        var open = new Stack<QualifiedName>([table]);
        while (open.TryPop(out QualifiedName next))
        {
            foreach (QualifiedName parent in parents[next])
            {
                if (needed.Add(parent))
                    open.Push(parent);
            }
        }

        return [.. LoadOrder.Where(needed.Contains)];
    }

    /// <summary>The component of each table, as a number.</summary>
    internal static Dictionary<QualifiedName, int> ComponentOf(IReadOnlyList<QualifiedName> names, IReadOnlyList<ForeignKeyEdge> edges) =>
        Numbers(Components(names, edges));

    private static Dictionary<QualifiedName, int> Numbers(List<QualifiedName[]> components) =>
        components.SelectMany((tables, index) => tables.Select(table => (table, index))).ToDictionary(
            pair => pair.table, pair => pair.index);

    private static List<QualifiedName[]> Components(IReadOnlyList<QualifiedName> names, IReadOnlyList<ForeignKeyEdge> edges)
    {
        var position = names.Select((name, index) => (name, index)).ToDictionary(pair => pair.name, pair => pair.index);
        ILookup<int, int> targets = edges.ToLookup(edge => position[edge.Child], edge => position[edge.Parent]);
        int[][] targetsByVertex = [.. names.Select((_, vertex) => targets[vertex].Distinct().ToArray())];
        return [.. StronglyConnected.Find(targetsByVertex).Select(members => members.Select(member => names[member]).ToArray())];
    }

    private static ForeignKeyCycle CycleOf(
        QualifiedName[] tables, List<ForeignKeyEdge> inside, Func<QualifiedName, double?> expectedRows) =>
            new(tables, [.. inside.Select(edge => edge.Key).Distinct()], CycleBreaker.Choose(inside, expectedRows));

    private List<IReadOnlyList<QualifiedName>> LayersOf(List<QualifiedName[]> components)
    {
        ILookup<QualifiedName, QualifiedName> parents = Edges.ToLookup(edge => edge.Child, edge => edge.Parent);
        var layers = new List<List<QualifiedName[]>>();
        foreach (QualifiedName[] tables in components)
        {
            // Components come after everything they point to, so every parent in another component already has its layer.
            int layer = tables.SelectMany(table => parents[table]).Where(this.layer.ContainsKey).Select(parent => this.layer[parent] + 1)
                .DefaultIfEmpty(0).Max();
            while (layers.Count <= layer)
                layers.Add([]);
            layers[layer].Add(tables);
            foreach (QualifiedName table in tables)
                this.layer.Add(table, layer);
        }

        return [.. layers.Select(layer => (IReadOnlyList<QualifiedName>)[.. layer.OrderBy(tables => tables[0]).SelectMany(OrderInside)])];
    }

    private IEnumerable<QualifiedName> OrderInside(QualifiedName[] tables)
    {
        if (tables.Length == 1)
            return tables;
        HashSet<QualifiedName> members = tables.ToHashSet();
        var remaining =
            Edges.Where(edge => members.Contains(edge.Child) && members.Contains(edge.Parent) && !DeferredKeys.Contains(edge.Key)).ToList();
        return Components(tables, remaining).SelectMany(component => component);
    }
}
