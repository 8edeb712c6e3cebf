using System.Diagnostics.CodeAnalysis;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres;

/// <summary>Throw helpers of this library. This part: producers of a load that do not end correctly.</summary>
internal static partial class DatabaseThrow
{
    internal static DatabaseException ProducerCancelled(string server, string name, Exception cause) =>
        new($"The load on {server} was stopped, because {name} was cancelled before it completed: some of its rows are missing. "
            + $"{Nothing} Run again.", cause);

    internal static DatabaseException ProducerLeft(string name) =>
        new($"The load was stopped, because {name} was disposed before it completed: some of its rows may be missing. {Nothing} "
            + $"Call Complete after the last page.");

    internal static InvalidOperationException PageAfterEnd(string name) =>
        new($"{name} sent a page after it had completed. {Nothing} Give each producer its own input, and complete it after its last "
            + $"page.");

    internal static InvalidOperationException CompleteWhileSending(string name) =>
        new($"{name} was completed while it was still sending a page. {Nothing} Await every SendAsync before Complete.");

    [DoesNotReturn]
    internal static void EncoderToken(string parameter) =>
        throw new ArgumentException(
            "An encoder of a load takes no cancellation token: a block that is cancelled drops its pages. Cancel the load, or stop "
                + "sending.", parameter);

    [DoesNotReturn]
    internal static void ProducerTooLate(string name) =>
        throw new InvalidOperationException(
            $"{name} cannot be added to a load that is being committed. Add every producer before CommitAsync.");

    [DoesNotReturn]
    internal static void NoProducer() =>
        throw new InvalidOperationException(
            "The load has no producer, so it would commit nothing. Link a block with LinkFrom, or call AddProducer, before CommitAsync.");

    [DoesNotReturn]
    internal static void TableNotOfLoad(CopyTable table) =>
        throw new InvalidOperationException(
            $"A load received a page of table {table}, which it was not opened for. {Nothing} Name every table in OpenAsync.");

    [DoesNotReturn]
    internal static void RowsLost(string server, CopyTable table, long made, long confirmed) =>
        throw new InvalidOperationException(FormattableString.Invariant(
            $"The load on {server} received {made:N0} rows of table {table}, but the server confirmed {confirmed:N0}. {Nothing}"));
}
