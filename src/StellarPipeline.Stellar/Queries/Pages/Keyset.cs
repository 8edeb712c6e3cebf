using System.Text;

namespace StellarPipeline.Stellar.Queries.Pages;

/// <summary>The conditions and orders of pages by key, as SQL.</summary>
/// <remarks>
/// <c>a &lt;= $1 AND (a &lt; $1 OR (a = $1 AND b &lt; $2))</c>, never <c>ROW(a, b) &lt; ROW($1, $2)</c>: a columnar scan takes comparisons
/// of single columns only, and prunes chunks by the first one. The bound in front says nothing new. It is what an index scan can begin at:
/// the OR alone is a filter, and a page in the middle of a list would read everything before it.
/// </remarks>
internal static class Keyset
{
    /// <summary>The condition for rows beyond a place.</summary>
    /// <param name="columns">The key's columns, in order.</param>
    /// <param name="isDescending">Whether beyond is below.</param>
    /// <param name="parameters">As many names of parameters.</param>
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

    /// <summary>The list behind ORDER BY.</summary>
    public static string Order(IReadOnlyList<string> columns, bool isDescending) =>
        string.Join(", ", columns.Select(column => $"{column} {(isDescending ? "DESC" : "ASC")}"));
}
