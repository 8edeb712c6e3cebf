using FsCheck;
using FsCheck.Fluent;
using StellarPipeline.Stellar.Queries.Pages;

namespace StellarPipeline.Stellar.Tests.Queries;

/// <summary>A random question: which page of which list. Indexes are taken modulo what there is.</summary>
public sealed record Ask(int Limit, bool IsAscending, bool IsBackward, int From, int Shift, int Since, int Until, int Who, int What)
{
    private const int None = 300;

    /// <summary>
    /// Random questions. One in four has no cursor, a cursor may name a place where no row is, one in two has a bound of time.
    /// </summary>
    public static Arbitrary<Ask> Any { get; } =
        (from limit in Gen.Choose(1, 40)
         from rising in Gen.Elements(true, false)
         from backward in Gen.Elements(true, false)
         from start in Gen.Choose(0, 4 * None)
         from shift in Gen.Elements(0, 0, 0, -1, 1)
         from since in Gen.Choose(0, 2 * None)
         from until in Gen.Choose(0, 2 * None)
         from who in Gen.Choose(0, 1000)
         from what in Gen.Choose(0, 1000)
         select new Ask(limit, rising, backward, start, shift, since, until, who, what)).ToArbitrary();

    /// <summary>Asks many, each the same in every run of this test; a failure names the smallest question that fails.</summary>
    public static void Many(int count, Func<Ask, Task> check)
    {
        Config config = Config.QuickThrowOnFailure.WithMaxTest(count).WithReplay(18, 2027);
        Check.One(config, Prop.ForAll(Any, ask => check(ask).GetAwaiter().GetResult()));
    }

    /// <summary>The page of a list.</summary>
    /// <param name="rows">The list.</param>
    /// <param name="key">The part of the key that orders it.</param>
    public PageRequest<TCursor> Page<TCursor>(IReadOnlyList<NaiveRow> rows, Func<NaiveRow, long[]> key)
        where TCursor : struct, IPageCursor<TCursor>
    {
        var page = new PageRequest<TCursor>
        {
            Limit = Limit,
            Order = IsAscending ? SortOrder.Ascending : SortOrder.Descending,
            IsBackward = IsBackward,
        };
        if (rows.Count == 0) return page;
        if (From >= None)
        {
            long[] place = [.. key(rows[From % rows.Count])];
            place[^1] += Shift;
            page = page with { From = TCursor.FromKey(place) };
        }

        return page with { Range = new TimeRange(Bound(rows, Since), Bound(rows, Until)) };
    }

    private static DateTime? Bound(IReadOnlyList<NaiveRow> rows, int index) =>
        index >= None ? NaiveRow.Time(rows[index % rows.Count].Key[0]) : null;
}
