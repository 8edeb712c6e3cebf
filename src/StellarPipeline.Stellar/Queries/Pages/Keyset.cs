using System.Text;

namespace StellarPipeline.Stellar.Queries.Pages;

/// <summary>Conditions and orders for keyset pagination, as SQL.</summary>
/// <remarks>
/// <c>a &lt;= $1 AND (a &lt; $1 OR (a = $1 AND b &lt; $2))</c>, never <c>ROW(a, b) &lt; ROW($1, $2)</c>: a columnar scan supports only
/// comparisons of single columns, and prunes chunks by the first one. The leading bound is logically redundant, but an index scan can start
/// at it: the OR alone is a filter, and a page in the middle of a list would read everything before it.
/// </remarks>
internal static class Keyset
{
    /// <summary>The condition for rows after a place.</summary>
    /// <param name="columns">The columns of the key, in order.</param>
    /// <param name="isDescending">Whether the order is descending.</param>
    /// <param name="parameters">As many placeholders as columns.</param>
    public static string Beyond(IReadOnlyList<string> columns, bool isDescending, IReadOnlyList<string> parameters)
    {
        char beyond = isDescending ? '<' : '>';
        if (columns.Count == 1) return $"{columns[0]} {beyond} {parameters[0]}";
        var text = new StringBuilder($"{columns[0]} {beyond}= {parameters[0]} AND (");
        for (int last = 0; last < columns.Count; last++)
        {
            text.Append(last == 0 ? "" : " OR (");
            for (int equal = 0; equal < last; equal++) text.Append($"{columns[equal]} = {parameters[equal]} AND ");
            text.Append($"{columns[last]} {beyond} {parameters[last]}").Append(last == 0 ? "" : ")");
        }

        return text.Append(')').ToString();
    }

    /// <summary>The list after ORDER BY.</summary>
    public static string Order(IReadOnlyList<string> columns, bool isDescending) =>
        string.Join(", ", columns.Select(column => $"{column} {(isDescending ? "DESC" : "ASC")}"));
}
