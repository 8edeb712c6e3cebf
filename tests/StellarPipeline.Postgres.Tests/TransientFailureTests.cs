using System.Net.Sockets;
using System.Security.Authentication;
using Npgsql;
using StellarPipeline.Postgres.Connections;

namespace StellarPipeline.Postgres.Tests;

public sealed class TransientFailureTests
{
    [Theory]
    [InlineData("08000", true)]
    [InlineData("08006", true)]
    [InlineData("08P01", false)]
    [InlineData("08007", false)]
    [InlineData("40003", false)]
    [InlineData("53400", false)]
    [InlineData("58000", false)]
    [InlineData("58P01", false)]
    [InlineData("40001", true)]
    [InlineData("40P01", true)]
    [InlineData("40002", false)]
    [InlineData("57P01", true)]
    [InlineData("57P02", true)]
    [InlineData("57P03", true)]
    [InlineData("57P05", true)]
    [InlineData("53300", true)]
    [InlineData("57014", false)]
    [InlineData("57P04", false)]
    [InlineData("53100", false)]
    [InlineData("53200", false)]
    [InlineData("22003", false)]
    [InlineData("23505", false)]
    [InlineData("25P03", false)]
    [InlineData("28P01", false)]
    [InlineData("3D000", false)]
    [InlineData("42501", false)]
    [InlineData("42P01", false)]
    [InlineData("55P03", false)]
    [InlineData("58030", false)]
    [InlineData("XX001", false)]
    public void Is_StateOfTheServer_DecidesWhereverItIsInTheChain(string state, bool expected)
    {
        var server = new PostgresException("text", "ERROR", "ERROR", state);
        Assert.Equal(expected, TransientFailure.Is(server));
        Assert.Equal(expected, TransientFailure.Is(new DatabaseException("The load failed.", server)));
        Assert.Equal(
            expected, TransientFailure.Is(new DatabaseException("The load failed.", new DatabaseException("It failed before.", server))));
    }

    [Fact]
    public void Is_BrokenConnections_AreWorthAnotherTry()
    {
        Assert.True(TransientFailure.Is(new NpgsqlException("Exception while reading from stream", new EndOfStreamException())));
        Assert.True(
            TransientFailure.Is(new NpgsqlException(
                "Exception while writing to stream", new IOException("text", new SocketException((int)SocketError.ConnectionReset)))));
        Assert.True(
            TransientFailure.Is(new DatabaseException(
                "text", new NpgsqlException("Failed to connect", new SocketException((int)SocketError.ConnectionRefused)))));
        Assert.True(TransientFailure.Is(new NpgsqlException("The operation has timed out", new TimeoutException())));
        Assert.True(TransientFailure.Is(new DatabaseException("text", new InvalidOperationException("Connection is not open"))));
    }

    [Fact]
    public void Is_WhatComesBackOrIsNotTheDatabases_IsNotTriedAgain()
    {
        Assert.False(TransientFailure.Is(new NpgsqlException("Failed to connect", new SocketException((int)SocketError.HostNotFound))));
        Assert.False(TransientFailure.Is(new NpgsqlException("No certificate", new AuthenticationException("text"))));
        Assert.False(TransientFailure.Is(new NpgsqlException("Unknown message")));
        Assert.False(TransientFailure.Is(new DatabaseException("A check of ours failed.")));
        Assert.False(TransientFailure.Is(new DatabaseException("Cancelled.", new OperationCanceledException())));
        Assert.False(TransientFailure.Is(new IOException("The archive's disk failed.")));
        Assert.False(TransientFailure.Is(new SocketException((int)SocketError.ConnectionReset)));
        Assert.False(TransientFailure.Is(new ConnectionSettingsException("text")));
        Assert.False(TransientFailure.Is(null));
    }

    [Fact]
    public void Is_CommitWithUnknownOutcome_IsNeverTriedAgain()
    {
        var lost = new NpgsqlException("Exception while reading from stream", new EndOfStreamException());
        Assert.True(TransientFailure.Is(new DatabaseException("text", lost)));
        Assert.False(TransientFailure.Is(new DatabaseException("text", lost) { OutcomeIsUnknown = true }));
    }
}
