namespace StellarPipeline.Postgres.Rows;

/// <summary>
/// A place that rows came from and that can be joined with the next one: pages with few rows are gathered in one, and keep saying where
/// their rows came from.
/// </summary>
internal interface IRowPlace
{
    /// <summary>The stretch from this place to another one behind it.</summary>
    /// <param name="last">A place of the same kind.</param>
    /// <returns>The joined place; its text is made only when an error needs it.</returns>
    IRowPlace JoinedWith(IRowPlace last);
}
