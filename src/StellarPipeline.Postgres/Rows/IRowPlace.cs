namespace StellarPipeline.Postgres.Rows;

/// <summary>
/// The place in the input that the rows of a page came from. Two places can be joined, so that a page merged from several small ones still
/// says where its rows came from.
/// </summary>
internal interface IRowPlace
{
    /// <summary>Joins this place and a later one into one range.</summary>
    /// <param name="last">A later place of the same kind.</param>
    /// <returns>The range; its text is made only when an error needs it.</returns>
    IRowPlace JoinedWith(IRowPlace last);
}
